import { ConfigError } from '../../domain/errors.ts';
import type { EventFacts } from '../../domain/event.ts';
import { parseEventName } from '../../domain/event-name.ts';
import type { Env } from '../../ports/env.ts';
import type { Files } from '../../ports/files.ts';
import type { Host } from '../../ports/host.ts';

/** Reads what the runner says about this run. */
export async function readHost(env: Env, files: Files): Promise<Host> {
  const name = parseEventName(need(env, 'GITHUB_EVENT_NAME'));
  const payload = await readPayload(env, files);
  const run = {
    id: need(env, 'GITHUB_RUN_ID'),
    number: Number(env.GITHUB_RUN_NUMBER ?? '1'),
    attempt: Number(env.GITHUB_RUN_ATTEMPT ?? '1'),
  };
  return {
    event: {
      name,
      ref: refOf(name, env, payload),
      defaultBranch: textAt(payload, 'repository', 'default_branch') ?? 'main',
      untrusted: isUntrusted(name, payload),
      rebuildBase: false,
      ...commitsOf(name, payload),
    },
    run,
    workspace: need(env, 'GITHUB_WORKSPACE'),
    temp: env.RUNNER_TEMP ?? need(env, 'GITHUB_WORKSPACE'),
  };
}

async function readPayload(env: Env, files: Files): Promise<unknown> {
  const path = env.GITHUB_EVENT_PATH;
  const text = path === undefined ? undefined : await files.readText(path);
  if (text === undefined || text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError({
      code: 'event-unreadable',
      what: 'the event of this run could not be read',
      where: path ?? 'GITHUB_EVENT_PATH',
      state: 'nothing was done',
      next: 'run again; in a runner of your own, give the event as JSON',
      cause,
    });
  }
}

/** A pull request is about the branch that it wants to get into. */
function refOf(name: EventFacts['name'], env: Env, payload: unknown): string {
  const base = textAt(payload, 'pull_request', 'base', 'ref') ?? env.GITHUB_BASE_REF;
  if (name === 'pull_request' && base !== undefined && base !== '') return `refs/heads/${base}`;
  const group = textAt(payload, 'merge_group', 'base_ref');
  return name === 'merge_group' && group !== undefined ? group : need(env, 'GITHUB_REF');
}

/** What git is to compare with. */
function commitsOf(name: EventFacts['name'], payload: unknown): Pick<EventFacts, 'before' | 'base' | 'head'> {
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
  return /^(?!0+$)(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : null;
}

function isUntrusted(name: EventFacts['name'], payload: unknown): boolean {
  if (textAt(payload, 'sender', 'login') === 'dependabot[bot]') return true;
  if (name !== 'pull_request') return false;
  // The repository of a head may be gone; then nobody can say that it was ours.
  const head = textAt(payload, 'pull_request', 'head', 'repo', 'full_name');
  return head === undefined || head !== textAt(payload, 'repository', 'full_name');
}

/** One text of an event. No schema: these few are all that is ever read, and each may be missing. */
function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return typeof found === 'string' ? found : undefined;
}

function need(env: Env, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new ConfigError({
    code: 'runner-missing',
    what: `${name} is not set`,
    where: 'the environment',
    state: 'nothing was done',
    next: 'an action runs in a workflow; on your own machine use the command slipway',
  });
}
