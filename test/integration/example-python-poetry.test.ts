import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { type OpenExample, openExample } from '../support/example.ts';
import { crane, requireLab } from '../support/lab.ts';
import { type PoetryFiles, withSimpleIndex } from '../support/poetry-index.ts';
import { ensurePythonBase, pythonBase } from '../support/python-base.ts';

// On a machine that has none of it yet, a Debian with Python is made first, and poetry is installed once.
const LIMIT_MS = 900_000;

jest.setTimeout(LIMIT_MS);

const lab = requireLab();
const keys = ['app', 'app-dev', 'builder'];
const caches = keys.map((key) => `slipway-cache:${key}`);
const own = (file: string): Promise<string> => readFile(path.join(root, 'examples/python-poetry', file), 'utf8');

let example: OpenExample;
let said: string;
let files: PoetryFiles;

beforeAll(async () => {
  await ensurePythonBase(lab);
  files = await withSimpleIndex({ pyproject: await own('pyproject.toml'), lock: await own('poetry.lock') });
  example = await openExample(lab, 'python-poetry', { 'pyproject.toml': files.pyproject, 'poetry.lock': files.lock });
  said = await example.slipway('run', '--to', example.prefix, '--json');
}, LIMIT_MS);

afterAll(async () => {
  for (const key of keys) await example.docker('image', 'rm', '--force', `${example.prefix}/poem-${key}:main`);
  await example[Symbol.asyncDispose]();
});

/** What a command in a new container of an image prints. */
const inside = (key: string, ...command: readonly string[]): Promise<string> =>
  example.docker(
    'run',
    '--rm',
    '--entrypoint',
    command[0] ?? '',
    `${example.prefix}/poem-${key}:main`,
    ...command.slice(1),
  );

/** The bytes of an image when its layers are unpacked, as the engine counts them. */
async function unpackedBytes(reference: string): Promise<number> {
  const history = await example.docker('history', '--human=false', '--format', '{{.Size}}', reference);
  return history
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0);
}

describe('the files of this test', () => {
  // Not every copy of the package index answers the question about one version; the simple index is what all have.
  it('differ from those of the example in where packages are looked up, and in nothing else', async () => {
    const withoutSource = (text: string): string =>
      text
        .replace(/\n\[\[tool\.poetry\.source\]\]\n[^[]*/, '')
        .replaceAll(/\[package\.source\]\n(?:.+\n)+\n/g, '')
        .replace(/content-hash = ".*"/, '');
    expect(withoutSource(files.pyproject)).toBe(withoutSource(await own('pyproject.toml')));
    expect(withoutSource(files.lock)).toBe(withoutSource(await own('poetry.lock')));
  });
});

describe('a project with poetry', () => {
  it('has its three images built from four stages, tested and released together', async () => {
    const { images, release } = JSON.parse(said);
    expect(images.map(({ key, kind }: { key: string; kind: string }) => `${key} ${kind}`).sort()).toEqual(
      keys.map((key) => `${key} proven`),
    );
    expect(release.state).toBe('released');
    const tags = keys.flatMap((key) => [`poem-${key}:latest`, `poem-${key}:main`]);
    expect(await example.tags()).toEqual([...tags, ...caches]);
  });

  it.each(['builder', 'app-pre', 'app', 'dev'])('has a stage %s that docker builds by itself, too', async (stage) => {
    const build = example.docker('buildx', 'build', '--target', stage, '--output', 'type=cacheonly', '.');
    expect(await build).toBe('');
  });

  it('starts no service that is there to be built, and sees that the other stays up', () => {
    const { images } = JSON.parse(said);
    const recordOf = (key: string): unknown => images.find((image: { key: string }) => image.key === key)?.record.tests;
    const tests = (key: string): string => JSON.stringify(recordOf(key) ?? 'none');
    expect(tests('app-dev')).toContain('it stays up for 3 s');
    for (const key of ['builder', 'app']) expect(tests(key)).toMatch(/^(?=.*passed)(?!.*stays up)/);
  });

  it('runs as the user whose numbers were chosen', async () => {
    for (const key of keys) {
      expect([key, await inside(key, 'id', '-u'), await inside(key, 'id', '-g')]).toEqual([key, '1234\n', '1235\n']);
    }
  });

  it('has in production the environment and the code, and neither poetry nor pipx nor tools', async () => {
    expect(await inside('app', 'python', '-c', 'import cowsay, sys; print(sys.prefix)')).toBe('/app/.venv\n');
    const look = 'for name in poetry pipx git sudo wget; do command -v $name; done; ls /app';
    expect((await inside('app', 'sh', '-c', look)).trim().split('\n')).toEqual([
      'README.md',
      'poem',
      'poetry.lock',
      'pyproject.toml',
      'tests',
    ]);
  });

  it('has pinned versions of poetry and pipx where it is built', async () => {
    expect(await inside('builder', 'poetry', '--version')).toContain('2.1.4');
    expect(await inside('builder', 'python', '-m', 'pipx', '--version')).toBe('1.7.1\n');
  });

  it('has for its developers tools, the packages of their group and the rights of root', async () => {
    const look = 'for name in git wget ping sudo; do command -v $name; done; sudo -n id -u; python -m pytest --version';
    expect((await inside('app-dev', 'sh', '-c', look)).trim().split('\n')).toEqual([
      '/usr/bin/git',
      '/usr/bin/wget',
      '/usr/bin/ping',
      '/usr/bin/sudo',
      '0',
      'pytest 8.4.2',
    ]);
  });

  it('is in production hardly larger than its base and its environment', async () => {
    const base = `${lab.mirror}/library/${pythonBase}`;
    await example.docker('pull', '--quiet', base);
    const venv = await inside('app', 'du', '--summarize', '--bytes', '/app/.venv');
    const [whole, below] = [await unpackedBytes(`${example.prefix}/poem-app:main`), await unpackedBytes(base)];
    expect(whole).toBeGreaterThan(below);
    expect(whole).toBeLessThanOrEqual(1.15 * (below + Number(venv.split('\t')[0])));
  });

  it('keeps the bytes that were tested', async () => {
    const { images } = JSON.parse(said);
    for (const { key, record } of images) {
      expect([key, await crane(lab, 'digest', `${example.prefix}/poem-${key}:latest`)]).toEqual([key, record.digest]);
    }
  });
});

describe('the compose file', () => {
  let project: string;

  const compose = (...words: readonly string[]): Promise<string> =>
    example.docker('compose', '--project-name', project, ...words);

  beforeAll(async () => {
    project = path.basename(example.folder).toLowerCase();
    for (const key of keys) {
      const published = `${example.prefix}/poem-${key}:main`;
      await example.docker('pull', '--quiet', published);
      await example.docker('tag', published, `poem-${key}:latest`);
    }
    await compose('up', '--detach', '--no-build', '--pull', 'never');
  }, LIMIT_MS);

  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '0');
    for (const key of keys) await example.docker('image', 'rm', `poem-${key}:latest`);
  }, LIMIT_MS);

  it('starts the service to work in, from the image that was published, and neither of those that are built only', async () => {
    const services = await compose('ps', '--all', '--format', '{{.Service}} {{.State}}');
    expect(services).toBe('app-dev running\n');
    const container = (await compose('ps', '--quiet', 'app-dev')).trim();
    const image = await example.docker('inspect', '--format', '{{.Image}}', container);
    const published = `${example.prefix}/poem-app-dev:main`;
    expect(image).toBe(await example.docker('image', 'inspect', '--format', '{{.Id}}', published));
  });

  it('has somebody at work in it who is not root, with the environment of the image in a volume of its own', async () => {
    const look = 'id -u; id -g; stat -c %u:%g /app/.venv; python -c "import cowsay, pytest, sys; print(sys.prefix)"';
    const seen = await compose('exec', '--no-TTY', 'app-dev', 'sh', '-c', look);
    expect(seen.trim().split('\n')).toEqual(['1234', '1235', '1234:1235', '/app/.venv']);
    const mounts = '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}}{{end}}';
    const container = (await compose('ps', '--quiet', 'app-dev')).trim();
    const mounted = await example.docker('inspect', '--format', mounts, container);
    expect(mounted.trim()).toBe(`volume ${project}_venv /app/.venv`);
  });
});
