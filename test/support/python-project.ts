import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { madeZip } from './made-zip.ts';
import { locked } from './poetry-index.ts';

/** The tools that install packages from a lock file. */
export const managers = ['poetry', 'uv', 'pip'] as const;
export type ManagerName = (typeof managers)[number];

/** A library of one line, which lies in the project as a wheel, so that no index is asked. */
interface Wheel {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** A Dockerfile with all three tools. Its last line is the test's own, so that what comes before is built once. */
export function toolsDockerfile(id: string): string {
  return [
    'FROM python:3.11-slim',
    'RUN python -m venv /opt/tools \\',
    ' && /opt/tools/bin/pip install --no-cache-dir poetry==1.8.5 uv==0.13.9 \\',
    ' && ln -s /opt/tools/bin/poetry /opt/tools/bin/uv /usr/local/bin/',
    `LABEL slipway.test=${id}`,
    '',
  ].join('\n');
}

/** Writes a project of a tool into a folder, with these libraries in its lock file and no others; wheels of before stay. */
export async function writePythonProject(
  folder: string,
  manager: ManagerName,
  libraries: readonly string[],
): Promise<void> {
  await mkdir(path.join(folder, 'wheels'), { recursive: true });
  const wheels = libraries.map(wheelOf);
  for (const { file, bytes } of wheels) await writeFile(path.join(folder, 'wheels', file), bytes);
  for (const [name, text] of Object.entries(await textsOf[manager](wheels)))
    await writeFile(path.join(folder, name), text);
}

function wheelOf(name: string): Wheel {
  const info = `${name}-1.0.dist-info`;
  const files: Readonly<Record<string, string>> = {
    [`${name}.py`]: `def main():\n    print("${name} speaks")\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/entry_points.txt`]: `[console_scripts]\n${name} = ${name}:main\n`,
  };
  const lines = Object.entries(files).map(([file, text]) => {
    const hash = createHash('sha256').update(text).digest('base64url');
    return `${file},sha256=${hash},${Buffer.byteLength(text)}\n`;
  });
  const bytes = madeZip({ ...files, [`${info}/RECORD`]: `${lines.join('')}${info}/RECORD,,\n` });
  return {
    name,
    file: `${name}-1.0-py3-none-any.whl`,
    bytes,
    hash: createHash('sha256').update(bytes).digest('hex'),
  };
}

type Texts = Readonly<Record<string, string>>;

const textsOf: Readonly<Record<ManagerName, (wheels: readonly Wheel[]) => Promise<Texts>>> = {
  async poetry(wheels) {
    const head =
      '[tool.poetry]\nname = "orbit"\nversion = "0.1.0"\ndescription = ""\nauthors = []\npackage-mode = false\n';
    const wanted = wheels.map(({ name, file }) => `${name} = { path = "wheels/${file}" }\n`).join('');
    const entries = wheels.map(
      ({ name, file, hash }) =>
        `[[package]]\nname = "${name}"\nversion = "1.0"\ndescription = ""\noptional = false\npython-versions = "*"\nfiles = [\n    {file = "${file}", hash = "sha256:${hash}"},\n]\n\n[package.source]\ntype = "file"\nurl = "wheels/${file}"\n\n`,
    );
    const metadata = '[metadata]\nlock-version = "2.0"\npython-versions = ">=3.11"\ncontent-hash = ""\n';
    const { pyproject, lock } = await locked({
      pyproject: `${head}\n[tool.poetry.dependencies]\npython = ">=3.11"\n${wanted}`,
      lock: `${entries.join('')}${metadata}`,
    });
    return { 'pyproject.toml': pyproject, 'poetry.lock': lock };
  },
  async uv(wheels) {
    const names = wheels.map(({ name }) => `"${name}"`).join(', ');
    const sources = wheels.map(({ name, file }) => `${name} = { path = "wheels/${file}" }\n`).join('');
    const entries = wheels.map(
      ({ name, file, hash }) =>
        `[[package]]\nname = "${name}"\nversion = "1.0"\nsource = { path = "wheels/${file}" }\nwheels = [\n    { filename = "${file}", hash = "sha256:${hash}" },\n]\n\n`,
    );
    const own = [
      '[[package]]\nname = "orbit"\nversion = "0.1.0"\nsource = { virtual = "." }\n',
      `dependencies = [\n${wheels.map(({ name }) => `    { name = "${name}" },\n`).join('')}]\n\n`,
      `[package.metadata]\nrequires-dist = [${wheels.map(({ name, file }) => `{ name = "${name}", path = "wheels/${file}" }`).join(', ')}]\n`,
    ].join('');
    return {
      'pyproject.toml': `[project]\nname = "orbit"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = [${names}]\n\n[tool.uv]\npackage = false\n\n[tool.uv.sources]\n${sources}`,
      'uv.lock': `version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n${entries.join('')}${own}`,
    };
  },
  async pip(wheels) {
    return { 'requirements.txt': wheels.map(({ file }) => `./wheels/${file}\n`).join('') };
  },
};
