import type { Exec } from '../ports/exec.ts';

/** What git says about a folder. */
export interface GitFacts {
  readonly commit: string | null;
  /** Seconds since 1970. */
  readonly commitTime: number | null;
  readonly branch: string | null;
  readonly defaultBranch: string | null;
  readonly dirty: boolean;
  /** Where `origin` is. */
  readonly remote: string | null;
}

const none: GitFacts = {
  commit: null,
  commitTime: null,
  branch: null,
  defaultBranch: null,
  dirty: false,
  remote: null,
};

/** Asks git about a folder; a folder that is in no repository, or a machine without git, has no facts. */
export async function readGit(exec: Exec, folder: string): Promise<GitFacts> {
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    const result = await exec.run('git', ['-C', folder, ...args], { timeoutMs: 30_000 });
    return result.exitCode === 0 ? result.stdout.trim() : undefined;
  };
  const head = await git('log', '-1', '--format=%H %ct', 'HEAD');
  if (head === undefined) return none;
  const [commit = '', time = ''] = head.split(' ');
  const [branch, remoteHead, remote, changes] = await Promise.all([
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
    git('remote', 'get-url', 'origin'),
    git('status', '--porcelain', '--', '.'),
  ]);
  return {
    commit,
    commitTime: Number(time),
    branch: branch ?? null,
    defaultBranch: remoteHead?.replace(/^origin\//, '') ?? null,
    dirty: changes !== '',
    remote: remote ?? null,
  };
}
