import { checkLines } from './check-lines.ts';
import type { ConfigChoices } from './config-choices.ts';
import { matrixFamily } from './matrix-family.ts';
import { yamlList, yamlScalar } from './yaml-scalar.ts';

const usualPlatform = 'linux/amd64';

/** A `slipway.yml` that says what was found, for a person to go on with. */
export function configText(choices: ConfigChoices): string {
  const { registry, generate } = choices;
  const parts: readonly (readonly string[])[] = [
    [
      '# What is built, tested and published from here. Made by `slipway init`; it is yours now.',
      registry === undefined ? '# registry: ghcr.io/OWNER/REPO' : `registry: ${yamlScalar(registry)}`,
    ],
    imageLines(choices),
    generate === undefined ? [] : generateLines(choices, generate),
    checkLines(choices),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Bake and compose files go on saying what there is; of all else the images are listed. */
function imageLines(choices: ConfigChoices): readonly string[] {
  const { finding, repository, platforms } = choices;
  if (finding.how === 'bake' || finding.how === 'compose') {
    return [`# The images are those of ${finding.source}, which is read anew each time.`];
  }
  const family = matrixFamily(finding);
  if (family !== undefined) {
    return [
      ...family.lines,
      ...(repository === undefined ? [] : [`    repository: ${yamlScalar(repository.replace('{key}', family.key))}`]),
      ...platformLines(platforms),
    ];
  }
  const images = Object.entries(finding.images).flatMap(([key, { context = '.', dockerfile }]) => [
    `  ${yamlScalar(key)}:`,
    `    context: ${yamlScalar(context)}`,
    ...(dockerfile === undefined ? [] : [`    dockerfile: ${yamlScalar(dockerfile)}`]),
    ...(repository === undefined ? [] : [`    repository: ${yamlScalar(repository.replace('{key}', key))}`]),
    ...platformLines(platforms),
  ]);
  return ['images:', ...images];
}

function platformLines(platforms: readonly string[]): readonly string[] {
  return platforms.every((platform) => platform === usualPlatform) ? [] : [`    platforms: ${yamlList(platforms)}`];
}

function generateLines({ finding }: ConfigChoices, command: string): readonly string[] {
  const files = Object.values(finding.images).map(({ context = '.', dockerfile = 'Dockerfile' }) =>
    context === '.' ? dockerfile : `${context}/${dockerfile}`,
  );
  const outputs = files.map((file) => file.replace(/Dockerfile\.[^/]+$/, 'Dockerfile.*'));
  return [
    '# Makes the Dockerfiles before anything is planned.',
    'generate:',
    `  run: ${yamlScalar(command)}`,
    `  outputs: ${yamlList([...new Set(outputs)])}`,
  ];
}
