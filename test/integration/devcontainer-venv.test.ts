import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCache } from '../../src/adapters/runner/cache.ts';
import type { EndedStep } from '../support/action-step.ts';
import { type CacheService, type CacheVersion, startCacheService } from '../support/cache-service.ts';
import { type DevcontainerDesk, openDevcontainerDesk } from '../support/devcontainer.ts';
import { recordingLog } from '../support/fake-log.ts';
import { requireLab } from '../support/lab.ts';
import { ensurePythonBase } from '../support/python-base.ts';
import { type ManagerName, toolsDockerfile, writePythonProject } from '../support/python-project.ts';

// On a machine that has none of it yet, a Debian with Python is made first, and the tools are installed once.
const LIMIT_MS = 900_000;
const lab = requireLab();

let desk: DevcontainerDesk;
let service: CacheService;

beforeAll(async () => {
  await ensurePythonBase(lab);
  service = await startCacheService();
  desk = await openDevcontainerDesk(lab, (id) => ({
    '.devcontainer/devcontainer.json': JSON.stringify({ name: 'tools', build: { dockerfile: 'Dockerfile' } }),
    '.devcontainer/Dockerfile': toolsDockerfile(id),
  }));
  // Published once, so that every run below reuses it.
  const first = await desk.run(await desk.job());
  expect(first.errors).toEqual([]);
}, LIMIT_MS);

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
}, LIMIT_MS);

interface Installed {
  readonly manager: ManagerName;
  readonly version: CacheVersion;
  readonly command: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly from?: CacheService;
}

/** Runs a command in the project of a tool, on a machine that has none of its packages. */
async function run({ manager, version, command, inputs = {}, from = service }: Installed): Promise<EndedStep> {
  await rm(path.join(desk.folder, manager, '.venv'), { recursive: true, force: true });
  // One of them by the bundle, which has the libraries of the cache packed in another way.
  const job = await desk.job({ env: from.env(version), isFromSource: manager !== 'pip' });
  return desk.run(job, { run: `cd ${manager}\n${command}`, 'venv-project': manager, ...inputs });
}

describe.each([
  ['poetry', 'v2', { hit: 'partial', alpha: 'is gone' }],
  ['uv', 'v1', { hit: 'partial', alpha: 'is gone' }],
  ['pip', 'v2', { hit: 'miss', alpha: 'is gone' }],
] as const)('the packages of a %s project, by the interface %s of the cache', (manager, version, then) => {
  const look = '.venv/bin/alpha || echo "alpha is gone"; .venv/bin/beta || echo "beta is not there"';
  let first: EndedStep;
  let second: EndedStep;
  let third: EndedStep;

  beforeAll(async () => {
    await writePythonProject(path.join(desk.folder, manager), manager, ['alpha']);
    first = await run({ manager, version, command: `${look}; exit 3` });
    second = await run({ manager, version, command: look });
    await writePythonProject(path.join(desk.folder, manager), manager, ['beta']);
    third = await run({ manager, version, command: look });
  }, LIMIT_MS);

  it('are installed where there are none, and saved also when the command fails', () => {
    expect(first.stdout).toContain('alpha speaks');
    expect(first.outputs).toMatchObject({ 'command-exit-code': '3', 'venv-cache-hit': 'miss' });
    expect(service.keys).toContain(first.outputs['venv-key']);
  });

  it('are found by their lock file, the Python of the image and the place', () => {
    expect(second.errors).toEqual([]);
    expect(second.outputs).toMatchObject({ 'venv-cache-hit': 'exact', 'venv-key': first.outputs['venv-key'] });
    expect(second.outputs['command-output']).toBe('alpha speaks\nbeta is not there');
    expect(second.outputs['python-version']).toMatch(/^3\.\d+\.\d+$/);
    expect(second.outputs['venv-key']).toContain(`-${second.outputs['python-version']}-`);
  });

  it(`are with another lock file what it says, and no more; the cache is a ${then.hit}`, () => {
    expect(third.errors).toEqual([]);
    expect(third.outputs['venv-cache-hit']).toBe(then.hit);
    expect(third.outputs['command-output']).toBe(`alpha ${then.alpha}\nbeta speaks`);
    expect(service.keys).toContain(third.outputs['venv-key']);
    expect(third.outputs['venv-key']).not.toBe(first.outputs['venv-key']);
  });
});

describe('packages that are of no use', () => {
  it(
    'are installed anew where their interpreter is gone',
    async () => {
      const manager = 'uv';
      const folder = path.join(desk.folder, manager);
      await writePythonProject(folder, manager, ['alpha']);
      const good = await run({ manager, version: 'v2', command: '.venv/bin/alpha' });
      await using broken = await startCacheService();
      await rm(path.join(folder, '.venv'), { recursive: true, force: true });
      await mkdir(path.join(folder, '.venv/bin'), { recursive: true });
      await symlink('/nowhere/python3', path.join(folder, '.venv/bin/python'));
      await savedAs(broken, path.join(folder, '.venv'), good.outputs['venv-key'] ?? '');
      const step = await run({ manager, version: 'v2', command: '.venv/bin/alpha', from: broken });
      expect(step.errors).toEqual([]);
      expect(step.stdout).toContain('does not work in this container');
      expect(step.outputs).toMatchObject({ 'venv-cache-hit': 'miss', 'command-output': 'alpha speaks' });
      // What is there under that key stays; that is told, and ends nothing.
      expect(broken.keys).toEqual([good.outputs['venv-key']]);
    },
    LIMIT_MS,
  );

  it(
    'are not installed from a lock file that is stale',
    async () => {
      const folder = path.join(desk.folder, 'poetry');
      await writePythonProject(folder, 'poetry', ['alpha']);
      const pyproject = await readFile(path.join(folder, 'pyproject.toml'), 'utf8');
      await writeFile(path.join(folder, 'pyproject.toml'), pyproject.replace('>=3.11', '>=3.10'));
      const before = service.keys.length;
      const step = await run({ manager: 'poetry', version: 'v1', command: 'echo ran' });
      expect(step.exitCode).toBe(4);
      expect(step.errors.join()).toMatch(/^venv-lock-stale: /);
      expect(step.stdout).not.toMatch(/^ran$/m);
      expect(service.keys).toHaveLength(before);
    },
    LIMIT_MS,
  );
});

describe('any other folder', () => {
  it(
    'is kept by the content of the files that are named for it',
    async () => {
      const inputs = { venv: 'none', 'cache-paths': 'made things', 'cache-key-files': 'made.lock' };
      const command = 'cat "../made things/it" || { mkdir "../made things"; echo made > "../made things/it"; }';
      const steps: EndedStep[] = [];
      for (const lock of ['one', 'one', 'two']) {
        await rm(path.join(desk.folder, 'made things'), { recursive: true, force: true });
        await desk.write({ 'made.lock': lock, 'pip/none': '' });
        steps.push(await run({ manager: 'pip', version: 'v1', command, inputs }));
      }
      expect(steps.flatMap(({ errors }) => errors)).toEqual([]);
      expect(steps.map(({ outputs }) => outputs['command-output'])).toEqual(['', 'made', 'made']);
      expect(steps.map(({ stdout }) => /made things: (\w+)/.exec(stdout)?.[1])).toEqual(['miss', 'exact', 'partial']);
      expect(service.keys.filter((key) => key.startsWith('dcfolder-'))).toHaveLength(2);
      expect((await lstat(path.join(desk.folder, 'made things/it'))).isFile()).toBe(true);
    },
    LIMIT_MS,
  );
});

/** Saves a folder of the desk as a step there would. */
async function savedAs(to: CacheService, folder: string, key: string): Promise<void> {
  const before = { cwd: process.cwd(), env: { ...process.env } };
  const temp = path.join(desk.folder, 'temp');
  await mkdir(temp, { recursive: true });
  try {
    process.chdir(desk.folder);
    Object.assign(process.env, to.env('v2'), { GITHUB_WORKSPACE: desk.folder, RUNNER_TEMP: temp });
    expect(await createCache(recordingLog()).save([folder], key)).toBe(true);
  } finally {
    process.chdir(before.cwd);
    for (const name of Object.keys(process.env)) if (before.env[name] === undefined) delete process.env[name];
    Object.assign(process.env, before.env);
  }
}
