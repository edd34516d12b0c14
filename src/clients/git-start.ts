import { branchOf, type EventFacts, gitTagOf } from '../domain/event.ts';
import { shownText } from '../domain/shown-text.ts';
import type { GitCommits } from './git-commits.ts';

/** What the files of a checkout are to be compared with. */
export type ChangeWish =
  | { readonly kind: 'since'; readonly revision: string }
  | {
      readonly kind: 'push';
      readonly branch: string;
      readonly before: string | null;
      readonly defaultBranch: string;
    }
  | { readonly kind: 'pull-request'; readonly base: string; readonly head: string | null }
  | { readonly kind: 'merge-group'; readonly base: string }
  /** With the git tag before this one; `own` is the one that the run is about. */
  | { readonly kind: 'last-tag'; readonly own: string | null }
  | { readonly kind: 'none'; readonly why: string };

/** The commit to compare with, or why there is none. */
export type Start =
  | { readonly kind: 'from'; readonly from: string; readonly how: string }
  | { readonly kind: 'unknown'; readonly why: string; readonly next: string };

/** What an event is to be compared with; a revision that somebody named comes first. */
export function wishOf(event: EventFacts, since?: string): ChangeWish {
  if (since !== undefined) return { kind: 'since', revision: since };
  const { name, before, base, head, defaultBranch } = event;
  if (name === 'pull_request' && base !== null) return { kind: 'pull-request', base, head };
  if (name === 'merge_group' && base !== null) return { kind: 'merge-group', base };
  const branch = branchOf(event.ref);
  if (name === 'push' && branch !== undefined) return { kind: 'push', branch, before, defaultBranch };
  if (gitTagOf(event.ref) !== undefined) return { kind: 'none', why: 'a tag is compared with nothing' };
  return { kind: 'none', why: `${name} names no commit to compare with` };
}

/** What the dependencies of a project are compared with: a tag, or a run by hand, with the tag before it. */
export function dependencyWishOf(event: EventFacts): ChangeWish {
  const own = gitTagOf(event.ref);
  const isOfNoPush = own !== undefined || event.name === 'workflow_dispatch';
  return isOfNoPush ? { kind: 'last-tag', own: own ?? null } : wishOf(event);
}

/** Finds the commit, and fetches it where the checkout is shallow. */
export function startOf(
  commits: GitCommits,
  wish: Exclude<ChangeWish, { kind: 'none' }>,
  head: string,
): Promise<Start> {
  if (wish.kind === 'since') return sinceRevision(commits, wish.revision);
  if (wish.kind === 'push') return beforePush(commits, wish, head);
  if (wish.kind === 'merge-group') return ofMergeGroup(commits, wish.base, head);
  if (wish.kind === 'last-tag') return sinceLastTag(commits, wish.own);
  return ofPullRequest(commits, wish, head);
}

async function sinceRevision(commits: GitCommits, revision: string): Promise<Start> {
  const how = `since ${revision}`;
  // What begins with a hyphen would be an option of git.
  if (!/^(?!-)\P{Cc}+$/u.test(revision)) return unknown(`${shownText(revision)} is no revision`, 'name a commit');
  const here = (await commits.find(revision)) ?? (await commits.find(`refs/remotes/origin/${revision}`));
  if (here !== undefined) return { kind: 'from', from: here, how };
  if (isCommit(revision) && (await commits.bring(revision))) return { kind: 'from', from: revision, how };
  if ((await commits.isShallow()) && /^[\w./-]+$/.test(revision)) {
    const tag = `refs/tags/${revision}`;
    await commits.fetch(`${tag}:${tag}`);
    const found = (await tipOf(commits, revision)) ?? (await commits.find(tag));
    if (found !== undefined) return { kind: 'from', from: found, how };
  }
  return unknown(`git does not know ${shownText(revision)} here`, `check its spelling; ${wholeHistory}`);
}

async function beforePush(
  commits: GitCommits,
  wish: Extract<ChangeWish, { kind: 'push' }>,
  head: string,
): Promise<Start> {
  const { before, branch, defaultBranch } = wish;
  if (before !== null && (await commits.bringAncestor(before, branch))) {
    return { kind: 'from', from: before, how: `since ${short(before)}, the commit before this push` };
  }
  const why = before === null ? `${branch} is new` : `${short(before)}, the commit before this push, is not to be had`;
  // The default branch is where we are: compared with itself it would show no change at all.
  if (branch === defaultBranch) return unknown(`${why}, and nothing else is there to compare with`, wholeHistory);
  const tip = await tipOf(commits, defaultBranch);
  const base = tip === undefined ? undefined : await commits.mergeBase(tip, head);
  if (base === undefined) return unknown(`${why}, and it has no known commit in common with ${defaultBranch}`);
  return { kind: 'from', from: base, how: `since ${short(base)}, where ${branch} left ${defaultBranch}` };
}

async function ofPullRequest(
  commits: GitCommits,
  { base, head: own }: Extract<ChangeWish, { kind: 'pull-request' }>,
  head: string,
): Promise<Start> {
  const [first, second, ...more] = await commits.parents(head);
  if (first !== undefined && own !== null && second === own && more.length === 0) {
    // The merge that was made for this run; the base that the event names may be older than its first parent.
    const how = `since ${short(first)}, the branch that this pull request wants to get into`;
    if (await commits.bring(first)) return { kind: 'from', from: first, how };
    return unknown(`${short(first)}, the base of this pull request, is not in this checkout`, depth(2));
  }
  const from = (await commits.bring(base)) ? await commits.mergeBase(base, head) : undefined;
  if (from === undefined) return unknown(`this checkout does not reach back to where this pull request began`);
  return { kind: 'from', from, how: `since ${short(from)}, where this pull request began` };
}

async function ofMergeGroup(commits: GitCommits, base: string, head: string): Promise<Start> {
  const how = `since ${short(base)}, what this group is merged into`;
  if (await commits.bring(base)) return { kind: 'from', from: base, how };
  const isParent = (await commits.parents(head)).includes(base);
  const next = isParent ? depth(2) : wholeHistory;
  return unknown(`${short(base)}, what this group is merged into, is not in this checkout`, next);
}

async function sinceLastTag(commits: GitCommits, own: string | null): Promise<Start> {
  const not = own === null ? [] : ['--exclude', own];
  const { exitCode, stdout } = await commits.run(['describe', '--tags', '--abbrev=0', ...not, 'HEAD']);
  const tag = stdout.trim();
  const from = exitCode === 0 ? await commits.find(`refs/tags/${tag}`) : undefined;
  if (from === undefined) return unknown('no tag before this commit is in this checkout');
  return { kind: 'from', from, how: `since ${tag}` };
}

async function tipOf(commits: GitCommits, branch: string): Promise<string | undefined> {
  const ref = `refs/remotes/origin/${branch}`;
  const here = await commits.find(ref);
  if (here !== undefined) return here;
  await commits.fetch(`+refs/heads/${branch}:${ref}`);
  return commits.find(ref);
}

const wholeHistory = 'check out with fetch-depth: 0';

function depth(commits: number): string {
  return `check out with fetch-depth: ${commits}`;
}

function unknown(why: string, next = wholeHistory): Start {
  return { kind: 'unknown', why, next };
}

function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
