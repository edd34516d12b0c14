import { ConfigError } from '../../domain/errors.ts';
import { parseEventName } from '../../domain/event-name.ts';
import { githubEvent, parseGithubPayload } from '../../formats/github-event.ts';
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
    event: githubEvent(name, payload, { ref: need(env, 'GITHUB_REF'), baseRef: env.GITHUB_BASE_REF }),
    run,
    source: sourceIn(env),
    workspace: need(env, 'GITHUB_WORKSPACE'),
    temp: env.RUNNER_TEMP ?? need(env, 'GITHUB_WORKSPACE'),
  };
}

function sourceIn({ GITHUB_SERVER_URL: server = '', GITHUB_REPOSITORY: repository = '' }: Env): string | undefined {
  return server === '' || repository === '' ? undefined : `${server}/${repository}`;
}

async function readPayload(env: Env, files: Files): Promise<unknown> {
  const path = env.GITHUB_EVENT_PATH;
  const text = path === undefined ? undefined : await files.readText(path);
  return text === undefined ? {} : parseGithubPayload(text, path ?? 'GITHUB_EVENT_PATH');
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
