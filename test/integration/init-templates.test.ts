import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run as runTool } from '../../script/commands/lab/command.ts';
import { layoutOf } from '../../script/commands/lab/layout.ts';
import { ensureTool } from '../../script/commands/lab/tool-cache.ts';
import { root } from '../../script/commands/project.ts';
import { type OpenExample, openExample } from '../support/example.ts';
import { requireLab } from '../support/lab.ts';
import { ensurePythonBase } from '../support/python-base.ts';

// On a machine that has none of it yet, a Debian with Python is made first.
const LIMIT_MS = 900_000;

jest.setTimeout(LIMIT_MS);

const lab = requireLab();
const run = promisify(execFile);
const keys = ['app', 'app-dev', 'builder'];
const user = ['--uid', '1234', '--gid', '4321'];
/** Where pip looks packages up when nobody says otherwise. */
const askIndex = ['-c', 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'];
const code = 'import cowsay\nimport os\n\nprint(cowsay.get_output_string("cow", f"{os.getuid()}:{os.getgid()}"))\n';

/** The files of a project before anybody has run `slipway init` in it. */
type Project = () => Promise<Readonly<Record<string, string>>>;

const pipProject: Project = async () => ({
  'requirements.txt': 'cowsay==6.1\n',
  'requirements-dev.txt': 'iniconfig==2.1.0\n',
  'moo.py': code,
});

/** Lock files name the index that they were made with, so that this one is made here. */
const uvProject: Project = async () => {
  const pyproject = [
    '[project]',
    'name = "moo"',
    'version = "0.1.0"',
    'requires-python = ">=3.11"',
    'dependencies = ["cowsay==6.1"]',
    '',
    '[dependency-groups]',
    'dev = ["iniconfig==2.1.0"]',
    '',
  ].join('\n');
  const version = '0.8.17';
  const tool = await ensureTool(layoutOf(root).cacheDir, {
    name: 'uv',
    version,
    make: async ({ out }) => {
      await runTool('python3', ['-m', 'pip', 'install', '--quiet', '--target', out, `uv==${version}`]);
    },
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-uv-'));
  try {
    await writeFile(path.join(folder, 'pyproject.toml'), pyproject);
    const { stdout } = await run('python3', askIndex);
    const args = ['lock', '--no-config', '--no-python-downloads', '--default-index', stdout.trim()];
    await run(path.join(tool, 'bin/uv'), args, { cwd: folder });
    const lock = await readFile(path.join(folder, 'uv.lock'), 'utf8');
    return { 'pyproject.toml': pyproject, 'uv.lock': lock, 'moo.py': code };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

describe.each([
  ['pip', pipProject],
  ['uv', uvProject],
] as const)('slipway init --template %s', (template, project) => {
  let example: OpenExample;
  let said: string;

  beforeAll(async () => {
    await ensurePythonBase(lab);
    example = await openExample(lab, undefined, await project());
    await example.slipway(
      ...['init', '--template', template, '--name', 'moo', '--python', '3.11', '--registry', 'ghcr.io/org/moo'],
      ...user,
    );
    said = await example.slipway('run', '--to', example.prefix, '--json');
  });

  afterAll(async () => {
    for (const key of keys) await example.docker('image', 'rm', '--force', `${example.prefix}/moo-${key}:main`);
    await example[Symbol.asyncDispose]();
  });

  /** What a command in a new container of an image prints. */
  const inside = (key: string, ...command: readonly string[]): Promise<string> => {
    const [program = '', ...args] = command;
    return example.docker('run', '--rm', '--entrypoint', program, `${example.prefix}/moo-${key}:main`, ...args);
  };

  it('writes files of which all images are built, tested and published', () => {
    const { images, release } = JSON.parse(said);
    expect(images.map(({ key, kind }: { key: string; kind: string }) => [key, kind]).sort()).toEqual(
      keys.map((key) => [key, 'proven']),
    );
    expect(release.state).toBe('released');
  });

  it('makes an image whose code runs as the wanted user, with its packages and without the tool', async () => {
    const cow = await example.docker('run', '--rm', `${example.prefix}/moo-app:main`, 'moo.py');
    expect(cow).toContain('| 1234:4321 |');
    await expect(inside('app', 'sh', '-c', 'command -v uv || ls .venv/bin/pytest')).rejects.toThrow();
    await expect(inside('app', 'python', '-c', 'import iniconfig')).rejects.toThrow('No module named');
  });

  it('makes an image for developers with their packages and tools, in which the user may become root', async () => {
    const tools = 'command -v git && command -v wget && command -v ping && sudo id -u && id -u && id -g';
    const lines = (await inside('app-dev', 'sh', '-c', tools)).trim().split('\n');
    expect(lines.slice(-3)).toEqual(['0', '1234', '4321']);
    expect(await inside('app-dev', 'python', '-c', 'import iniconfig, cowsay; print("both")')).toBe('both\n');
  });

  it('keeps what no image should hold out of it', async () => {
    const listed = (await inside('app', 'ls', '-A')).trim().split('\n');
    expect(listed).toContain('moo.py');
    for (const name of ['.git', '.github', '.slipway', 'Dockerfile', 'compose.yaml', 'slipway.yml']) {
      expect(listed).not.toContain(name);
    }
  });
});
