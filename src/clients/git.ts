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

/** What git is asked; whether anything was changed takes it longest. */
export interface GitReading {
  readonly remote: Promise<string | null>;
  readonly facts: Promise<GitFacts>;
}

type Asked = Readonly<Record<'head' | 'branch' | 'remoteHead' | 'remote' | 'changes', Promise<string | undefined>>>;

/** Asks git about a folder; a folder that is in no repository, or a machine without git, has no facts. */
export function readGit(exec: Exec, folder: string): Promise<GitFacts> {
  return startGit(exec, folder).facts;
}

/** The same, for somebody who has other things to do until git has answered. */
export function startGit(exec: Exec, folder: string): GitReading {
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    const result = await exec.run('git', ['-C', folder, ...args], { timeoutMs: 30_000 });
    return result.exitCode === 0 ? result.stdout.trim() : undefined;
  };
  // All at once: each takes some milliseconds to start, and to look through the files may take a hundred.
  const asked = {
    head: git('log', '-1', '--format=%H %ct', 'HEAD'),
    branch: git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    remoteHead: git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
    remote: git('remote', 'get-url', 'origin'),
    changes: git('status', '--porcelain', '--', '.'),
  };
  const remote = Promise.all([asked.head, asked.remote]).then(([head, found]) =>
    head === undefined ? null : (found ?? null),
  );
  return {
    // Who asks for the facts hears what went wrong; nobody need wait for this.
    remote: remote.catch(() => null),
    facts: factsOf(asked),
  };
}

async function factsOf(asked: Asked): Promise<GitFacts> {
  const answers = Promise.all([asked.head, asked.branch, asked.remoteHead, asked.remote, asked.changes]);
  const [head, branch, remoteHead, remote, changes] = await answers;
  if (head === undefined) return none;
  const [commit = '', time = ''] = head.split(' ');
  return {
    commit,
    commitTime: Number(time),
    branch: branch ?? null,
    defaultBranch: remoteHead?.replace(/^origin\//, '') ?? null,
    dirty: changes !== '',
    remote: remote ?? null,
  };
}
