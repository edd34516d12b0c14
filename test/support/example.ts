import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../../script/commands/project.ts';
import { crane, type Lab, labEnv } from './lab.ts';

const run = promisify(execFile);
const loader = path.join(root, 'node_modules/tsx/dist/loader.mjs');
const entry = fileURLToPath(new URL('./slipway.ts', import.meta.url));

/** An example as a repository of its own, with a place in the lab's registry that nobody else writes to. */
export interface OpenExample extends AsyncDisposable {
  readonly folder: string;
  /** Where it is published. */
  readonly prefix: string;
  /** Runs the command line in it, from source; it must end well. */
  slipway(...args: readonly string[]): Promise<string>;
  /** Runs docker in it; it must end well. */
  docker(...args: readonly string[]): Promise<string>;
  /** Every tag below the prefix, with its repository; those that stand in for referrers are left out. */
  tags(): Promise<readonly string[]>;
}

/** Opens an example, or with no name an empty repository; `files` take the place of its own, and all of it is committed. */
export async function openExample(
  lab: Lab,
  name: string | undefined,
  files: Readonly<Record<string, string>> = {},
): Promise<OpenExample> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), `slipway-${name ?? 'empty'}-`)));
  // As a checkout is: users of containers read it too.
  await chmod(folder, 0o755);
  if (name !== undefined) {
    await cp(path.join(root, 'examples', name), folder, {
      recursive: true,
      filter: (from) => !/\/(\.slipway|docker\/dockerfiles)$/.test(from),
    });
  }
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
  const id = `t${randomBytes(6).toString('hex')}`;
  const prefix = `${lab.registry}/${id}`;
  const env = { ...labEnv(lab), HOME: folder, REGISTRY: prefix };
  const said = async (program: string, args: readonly string[]): Promise<string> => {
    const { stdout } = await run(program, args, { cwd: folder, env, maxBuffer: 16 << 20 });
    return stdout;
  };
  const author = ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com'];
  await said('git', ['init', '--quiet', '--initial-branch', 'main']);
  await said('git', ['add', '--all']);
  await said('git', [...author, 'commit', '--quiet', '--message', 'Begin']);
  return {
    folder,
    prefix,
    slipway: (...args) => said(process.execPath, ['--import', loader, entry, ...args]),
    docker: (...args) => said(lab.tools.docker, args),
    async tags() {
      const repositories = (await crane(lab, 'catalog', lab.registry)).split('\n');
      const own = repositories.filter((repository) => repository.startsWith(`${id}/`)).sort();
      const listed = await Promise.all(
        own.map(async (repository) => {
          const tags = (await crane(lab, 'ls', `${lab.registry}/${repository}`)).split('\n').sort();
          return tags
            .filter((tag) => tag !== '' && !/^sha256-[0-9a-f]{64}$/.test(tag))
            .map((tag) => `${repository.slice(id.length + 1)}:${tag}`);
        }),
      );
      return listed.flat();
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
