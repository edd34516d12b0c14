import { execFile } from 'node:child_process';
import { cp, link, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { differences } from '../../script/commands/build/folder-comparison.ts';
import { labState, root, tools } from '../../script/commands/project.ts';

const LIMIT_MS = 600_000;
const MAX_PACKED_BYTES = 1_000_000;
const PackageJson = z.object({ name: z.string(), dependencies: z.record(z.string(), z.string()).default({}) });
const run = promisify(execFile);

/** Two checkouts beside each other, at different depths. */
let folder: string;
let one: string;
let other: string;

beforeAll(async () => {
  await mkdir(path.join(root, '.cache'), { recursive: true });
  folder = await mkdtemp(path.join(root, '.cache/bundle-'));
  one = path.join(folder, 'one');
  other = path.join(folder, 'an/other/checkout');
  for (const checkout of [one, other]) {
    await copyCheckout(checkout);
    await build(process.execPath, checkout);
  }
}, LIMIT_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

describe('dist', () => {
  it('is the same, byte for byte, when built in another folder', async () => {
    expect(await differences(path.join(one, 'dist'), path.join(other, 'dist'))).toEqual([]);
  });

  it(
    'is the same when built on Node 24',
    async () => {
      const node24 = labState()?.node24;
      if (node24 === undefined) throw new Error('this test needs Node 24 from the lab: run script/lab up');
      await build(node24, other, '--check');
    },
    LIMIT_MS,
  );

  it('names no folder of the machine that built it', async () => {
    for (const file of await filesOf(path.join(one, 'dist'))) {
      const text = await readFile(file, 'utf8');
      expect([file, [root, one].filter((place) => text.includes(place))]).toEqual([file, []]);
    }
  });

  it('takes less than a megabyte, packed', async () => {
    const options = { cwd: one, encoding: 'buffer', maxBuffer: 64 << 20 } as const;
    const { stdout } = await run('tar', ['-cz', '--exclude=dist/devcontainer-cli', 'dist'], options);
    expect(stdout.length).toBeLessThan(MAX_PACKED_BYTES);
  });

  it('is CommonJS that starts the command line', async () => {
    const { stdout } = await run(process.execPath, [path.join(one, 'dist/cli/index.js'), '--version']);
    expect(stdout).not.toBe('');
  });

  it('comes with the licence of every runtime dependency', async () => {
    const licences = (await readFile(path.join(one, 'dist/licenses.txt'), 'utf8')).split('\n');
    const { dependencies } = await packageJson(root);
    const folders = Object.keys(dependencies).map((name) => path.join(root, 'node_modules', name));
    const names = (await Promise.all(folders.map(packageJson))).map(({ name }) => name);
    expect(names.filter((name) => !licences.includes(name))).toEqual([]);
  });
});

async function build(node: string, checkout: string, ...args: string[]): Promise<void> {
  await run(node, [tools.tsx, path.join(checkout, 'script/commands/build.ts'), ...args], { cwd: checkout });
}

async function copyCheckout(checkout: string): Promise<void> {
  await mkdir(checkout, { recursive: true });
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'shims', 'script']) {
    await cp(path.join(root, name), path.join(checkout, name), { recursive: true });
  }
  await linkTree(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'));
}

/** Bundlers follow a symbolic link to where it leads, so the dependencies are hard links: no copies, but real paths. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, copy] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, copy);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), copy);
    else await link(source, copy);
  }
}

async function filesOf(where: string): Promise<string[]> {
  const entries = await readdir(where, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

async function packageJson(where: string): Promise<z.infer<typeof PackageJson>> {
  return PackageJson.parse(JSON.parse(await readFile(path.join(where, 'package.json'), 'utf8')));
}
