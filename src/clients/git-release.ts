import type { CommitRelation } from '../domain/branch-move.ts';
import { scrubbedEnv } from '../domain/scrubbed-env.ts';
import type { Env } from '../ports/env.ts';
import type { Exec } from '../ports/exec.ts';
import { GitCommits } from './git-commits.ts';

/** What a git tag names, as far as somebody can be asked. */
export type GitTag =
  | { readonly kind: 'at'; readonly commit: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly why: string };

/** Where to ask: a checkout, and the address of the repository for jobs that have none. */
export interface GitPlace {
  readonly folder: string;
  readonly source?: string | undefined;
  readonly env: Env;
}

/**
 * Reads from the server what a tag names now. A tag in a checkout says what it was when that was made; it counts only
 * where there is no server at all.
 */
export async function readGitTag(exec: Exec, { folder, source, env }: GitPlace, tag: string): Promise<GitTag> {
  const origin = await exec.run('git', ['-C', folder, 'remote', 'get-url', 'origin'], { timeoutMs: 30_000 });
  const server = origin.exitCode === 0 ? 'origin' : source;
  if (server === undefined) return readLocalTag(exec, folder, tag);
  const ref = `refs/tags/${tag}`;
  // It asks nobody for a password: a job has no one who could type it.
  const quiet = { ...scrubbedEnv(env), GIT_TERMINAL_PROMPT: '0' };
  const asked = await exec.run('git', ['-C', folder, 'ls-remote', '--', server, ref, `${ref}^{}`], {
    timeoutMs: 20_000,
    env: quiet,
  });
  if (asked.exitCode !== 0) return { kind: 'unknown', why: `git could not ask ${server}: ${lastLine(asked.stderr)}` };
  const lines = asked.stdout.split('\n').flatMap((line) => {
    const [, commit, name] = /^([0-9a-f]{40,64})\t(\S+)$/.exec(line) ?? [];
    return commit === undefined || name === undefined ? [] : [{ commit, name }];
  });
  // An annotated tag is listed twice: as itself, and as the commit that it names.
  const found = lines.find(({ name }) => name === `${ref}^{}`) ?? lines.find(({ name }) => name === ref);
  return found === undefined ? { kind: 'gone' } : { kind: 'at', commit: found.commit };
}

async function readLocalTag(exec: Exec, folder: string, tag: string): Promise<GitTag> {
  const commit = await new GitCommits(exec, folder).find(`refs/tags/${tag}`);
  return commit === undefined
    ? { kind: 'unknown', why: 'this checkout has no such tag, and no remote to ask' }
    : { kind: 'at', commit };
}

/** How a commit stands to ours, in a checkout whose history may have to be fetched. */
export async function readRelation(exec: Exec, folder: string, pair: RelationPair): Promise<CommitRelation> {
  const { theirs, ours } = pair;
  if (theirs === ours) return 'same';
  if (![theirs, ours].every((commit) => /^[0-9a-f]{40,64}$/.test(commit))) return 'unknown';
  const commits = new GitCommits(exec, folder);
  if (!(await commits.bring(ours)) || !(await commits.bring(theirs))) return 'unknown';
  const base = await commits.mergeBase(theirs, ours);
  if (base === theirs) return 'ancestor';
  if (base === ours) return 'descendant';
  if (base !== undefined) return 'apart';
  return (await commits.isShallow()) ? 'unknown' : 'apart';
}

/** Two commits. */
export interface RelationPair {
  readonly theirs: string;
  readonly ours: string;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
