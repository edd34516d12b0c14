import { ConfigError } from '../domain/errors.ts';
import type { EventFacts } from '../domain/event.ts';
import type { EventName } from '../domain/event-name.ts';

/** The refs that a runner names beside the event itself. */
export interface RunnerRefs {
  readonly ref?: string | undefined;
  /** The branch that a pull request wants to get into. */
  readonly baseRef?: string | undefined;
}

/** Reads the facts that decide about a run from an event of GitHub. */
export function githubEvent(name: EventName, payload: unknown, refs: RunnerRefs = {}): EventFacts {
  return {
    name,
    ref: refOf(name, payload, refs),
    defaultBranch: defaultBranchOf(payload),
    untrusted: isUntrusted(name, payload),
    rebuildBase: false,
    prerelease: valueAt(payload, 'release', 'prerelease') === true,
    target: targetOf(name, payload),
    ...commitsOf(name, payload),
  };
}

/** Reads the document of an event; an empty one says nothing. */
export function parseGithubPayload(text: string, where: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError({
      code: 'event-unreadable',
      what: 'the event of this run could not be read',
      where,
      state: 'nothing was done',
      next: 'run again; in a runner of your own, give the event as JSON',
      cause,
    });
  }
}

const marks = {
  pull_request: 'pull_request',
  merge_group: 'merge_group',
  release: 'release',
  schedule: 'schedule',
  before: 'push',
};

/** The event that a document is of, by what is in it; it does not say so itself. */
export function eventNameIn(payload: unknown): string {
  const found = Object.entries(marks).find(([key]) => valueAt(payload, key) !== undefined);
  return found?.[1] ?? (valueAt(payload, 'inputs') === undefined ? 'push' : 'workflow_dispatch');
}

/** A pull request is about the branch that it wants to get into. */
function refOf(name: EventName, payload: unknown, { ref, baseRef }: RunnerRefs): string {
  const base = textAt(payload, 'pull_request', 'base', 'ref') ?? baseRef;
  if (name === 'pull_request' && base !== undefined && base !== '') return `refs/heads/${base}`;
  const group = textAt(payload, 'merge_group', 'base_ref');
  if (name === 'merge_group' && group !== undefined) return group;
  if (ref !== undefined && ref !== '') return ref;
  const tag = textAt(payload, 'release', 'tag_name');
  if (name === 'release' && tag !== undefined) return `refs/tags/${tag}`;
  const own = textAt(payload, 'ref');
  if (own !== undefined) return own.startsWith('refs/') ? own : `refs/heads/${own}`;
  return `refs/heads/${defaultBranchOf(payload)}`;
}

function defaultBranchOf(payload: unknown): string {
  return textAt(payload, 'repository', 'default_branch') ?? 'main';
}

/** What a release is cut from may be a commit as well, of which nobody knows the branch. */
function targetOf(name: EventName, payload: unknown): string | null {
  const target = textAt(payload, 'release', 'target_commitish')?.replace(/^refs\/heads\//, '') ?? '';
  return name !== 'release' || target === '' || isCommit(target) ? null : target;
}

/** What git is to compare with. */
function commitsOf(name: EventName, payload: unknown): Pick<EventFacts, 'before' | 'base' | 'head'> {
  const none = { before: null, base: null, head: null };
  if (name === 'push') return { ...none, before: commitAt(payload, 'before') };
  if (name === 'merge_group') return { ...none, base: commitAt(payload, 'merge_group', 'base_sha') };
  if (name !== 'pull_request') return none;
  return {
    ...none,
    base: commitAt(payload, 'pull_request', 'base', 'sha'),
    head: commitAt(payload, 'pull_request', 'head', 'sha'),
  };
}

/** One commit of an event; zeros stand for none, and nothing but digits becomes an argument of git. */
function commitAt(payload: unknown, ...path: readonly string[]): string | null {
  const text = textAt(payload, ...path) ?? '';
  return isCommit(text) && !/^0+$/.test(text) ? text : null;
}

function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function isUntrusted(name: EventName, payload: unknown): boolean {
  if (textAt(payload, 'sender', 'login') === 'dependabot[bot]') return true;
  if (name !== 'pull_request') return false;
  // The repository of a head may be gone; then nobody can say that it was ours.
  const head = textAt(payload, 'pull_request', 'head', 'repo', 'full_name');
  return head === undefined || head !== textAt(payload, 'repository', 'full_name');
}

/** One text of an event. */
function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** One value of an event. No schema: a few are all that is ever read, and each may be missing. */
function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return found;
}
