import { type ChangedPath, parseGitPath, parseRawDiff } from '../formats/git-diff.ts';
import type { Exec } from '../ports/exec.ts';
import { GitCommits } from './git-commits.ts';
import { type ChangeWish, type Start, startOf } from './git-start.ts';

export type { ChangeWish } from './git-start.ts';

/** Which files changed, or why nobody can tell and what would help. */
export type GitChanges =
  | {
      readonly kind: 'files';
      readonly files: readonly ChangedPath[];
      /** The commit that was compared with. */
      readonly from: string;
      /** The commit that was compared; null for the working tree as it lies there. */
      readonly to: string | null;
      /** Since when, in words that follow "changed". */
      readonly how: string;
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly next: string };

/** The files below a folder that changed; paths are relative to the folder, and a rename is a deletion and an addition. */
export async function changedFiles(exec: Exec, folder: string, wish: ChangeWish): Promise<GitChanges> {
  const commits = new GitCommits(exec, folder);
  const head = wish.kind === 'none' ? undefined : await commits.find('HEAD');
  if (wish.kind === 'none') return { kind: 'unknown', why: wish.why, next: 'nothing is wrong' };
  if (head === undefined) {
    const next = 'check the repository out with actions/checkout, and have git installed';
    return { kind: 'unknown', why: 'git knows no commit here', next };
  }
  const start = await startOf(commits, wish, head);
  return start.kind === 'unknown' ? start : compare(commits, start, wish.kind === 'since' ? null : head);
}

/** What makes git print the same for everybody, whatever their configuration says. */
const plain = ['--raw', '--no-renames', '--relative', '--no-ext-diff', '--no-color', '--ignore-submodules=none'];

async function compare(
  commits: GitCommits,
  { from, how }: Extract<Start, { kind: 'from' }>,
  to: string | null,
): Promise<GitChanges> {
  const files: ChangedPath[] = [];
  // Lines in git's quotes and not `-z`: they are plain ASCII, and reach us one by one, however many there are.
  const quoted = ['-c', 'core.quotePath=true'];
  const diff = await commits.run([...quoted, 'diff', ...plain, from, ...(to === null ? [] : [to]), '--'], (line) => {
    const changed = parseRawDiff(line);
    if (changed !== undefined) files.push(changed);
  });
  if (diff.exitCode !== 0) return failed(diff.stderr);
  if (to === null) {
    // Files that git was never told of are files of a build all the same.
    const listed = await commits.run([...quoted, 'ls-files', '--others', '--exclude-standard'], (line) => {
      files.push({ path: parseGitPath(line), isSubmodule: false });
    });
    if (listed.exitCode !== 0) return failed(listed.stderr);
  }
  return { kind: 'files', files, from, to, how };
}

function failed(stderr: string): GitChanges {
  const last = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return { kind: 'unknown', why: `git could not compare: ${last}`, next: 'check out with fetch-depth: 0' };
}
