import type { ConfigChoices } from './config-choices.ts';
import { yamlList } from './yaml-scalar.ts';

const versions = 'PYTHON_VERSIONS';

/** The images of PYTHON_VERSIONS as one family, which follows the file; absent where their names follow no rule. */
export function matrixFamily(
  finding: ConfigChoices['finding'],
): { readonly lines: readonly string[]; readonly key: string } | undefined {
  if (finding.how !== 'python-matrix') return undefined;
  const points = Object.entries(finding.images).map(([key, { dockerfile = '' }]) => {
    const [, folder = '', runtime = ''] = /^((?:.*\/)?)Dockerfile\.(.+?)-py\d[^/]*$/.exec(dockerfile) ?? [];
    return { key, folder, runtime };
  });
  const [{ folder } = { folder: '' }] = points;
  const runtimes = [...new Set(points.map(({ runtime }) => runtime))];
  const keys = runtimes.flatMap((runtime) =>
    (finding.pythonVersions ?? []).map((version) => `${runtime}-py${version}`),
  );
  const isRegular =
    keys.length === points.length && points.every((one) => one.folder === folder && keys.includes(one.key));
  if (!isRegular || finding.source !== versions) return undefined;
  const key = '{runtime}-py{python}';
  return {
    key,
    lines: [
      'families:',
      '  pythons:',
      `    key: "${key}"`,
      '    context: .',
      `    dockerfile: "${folder}Dockerfile.${key}"`,
      '    matrix:',
      `      runtime: ${yamlList(runtimes)}`,
      `      python: { file: ${versions} }`,
    ],
  };
}
