import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createExec } from '../../src/adapters/exec.ts';
import type { Exec } from '../../src/ports/exec.ts';

const run = promisify(execFile);

/** What git gets to see: nothing of the person whose machine this is. */
const env = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'A tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
};

const real = createExec({ cancelled: new AbortController().signal });

/** Runs git as it is for nobody in particular. */
export const plainExec: Exec = {
  run: (program, args, options) => real.run(program, args, { ...options, env }),
};

/** A repository of git in a folder. */
export interface GitRepository {
  readonly folder: string;
  git(...args: readonly string[]): Promise<string>;
  /** Writes files, or removes those that are null, and commits everything; answers with the commit. */
  commit(files: Readonly<Record<string, string | null>>): Promise<string>;
  write(files: Readonly<Record<string, string | null>>): Promise<void>;
}

/** A folder with an origin, a clone that works on it, and clones as a runner would make them. */
export interface GitPlace extends AsyncDisposable {
  readonly work: GitRepository;
  /** A new clone by URL, so that a depth counts. With `strict`, the server gives out nothing but what its refs name. */
  clone(options: {
    readonly depth?: number;
    readonly branch?: string;
    readonly strict?: boolean;
  }): Promise<GitRepository>;
}

/** Makes an origin with one commit on `main`, and a working clone. */
export async function makeGitPlace(
  files: Readonly<Record<string, string>> = { 'README.md': 'one' },
): Promise<GitPlace> {
  const top = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-git-')));
  const origin = path.join(top, 'origin.git');
  await git(top, 'init', '--quiet', '--bare', '--initial-branch', 'main', origin);
  const work = repositoryIn(path.join(top, 'work'));
  await git(top, 'clone', '--quiet', origin, work.folder);
  await work.commit(files);
  await work.git('push', '--quiet', 'origin', 'HEAD:main');
  let clones = 0;
  return {
    work,
    async clone({ depth, branch = 'main', strict = false }) {
      clones += 1;
      const folder = path.join(top, `clone-${clones}`);
      const short = depth === undefined ? [] : [`--depth=${depth}`];
      await git(origin, 'config', 'uploadpack.allowAnySHA1InWant', String(!strict));
      // The second version of the protocol asks nobody for leave.
      const version = strict ? ['-c', 'protocol.version=0'] : [];
      await git(
        top,
        ...version,
        'clone',
        '--quiet',
        '--no-tags',
        ...short,
        '--branch',
        branch,
        `file://${origin}`,
        folder,
      );
      if (strict) await git(folder, 'config', 'protocol.version', '0');
      return repositoryIn(folder);
    },
    async [Symbol.asyncDispose]() {
      await rm(top, { recursive: true, force: true });
    },
  };
}

/** The repository in a folder, which need not be there yet. */
export function repositoryIn(folder: string): GitRepository {
  const repository: GitRepository = {
    folder,
    git: (...args) => git(folder, ...args),
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        const full = path.join(folder, name);
        if (text === null) await rm(full, { recursive: true });
        else {
          await mkdir(path.dirname(full), { recursive: true });
          await writeFile(full, text);
        }
      }
    },
    async commit(files) {
      await repository.write(files);
      await git(folder, 'add', '--all');
      await git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
      return git(folder, 'rev-parse', 'HEAD');
    },
  };
  return repository;
}

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...args], { env });
  return stdout.trim();
}
