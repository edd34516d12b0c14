import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import type { RunningStep } from '../support/action-step.ts';
import { eventually } from '../support/desk.ts';
import { type HandedRun, openHandedRun } from '../support/handed-run.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';
import { type EmbeddedRegistry, startEmbedded } from '../support/registries.ts';

const LIMIT_MS = 240_000;
const lab = requireLab();
const ports = createPorts();
const tagWrite = /\/manifests\/(?!sha256[:-])[^/]+$/;

/** So long the registry takes before it writes a tag. */
let delayMs = 0;
/** The tags that it was asked to write. */
const asked: string[] = [];
let registry: EmbeddedRegistry;
let run: HandedRun;

beforeAll(async () => {
  registry = await startEmbedded(ports, (handler) => async (request) => {
    const [path = ''] = request.path.split('?');
    if (request.method === 'PUT' && tagWrite.test(path)) {
      asked.push(path.split('/').at(-1) ?? '');
      await sleep(delayMs);
    }
    return handler(request);
  });
});

beforeEach(async () => {
  delayMs = 0;
  run = await openHandedRun(lab, registry.host);
  asked.length = 0;
}, LIMIT_MS);

afterEach(async () => {
  await run[Symbol.asyncDispose]();
}, LIMIT_MS);

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
});

/** Stops a step as the runner does: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL. */
async function stopped(step: RunningStep): Promise<readonly NodeJS.Signals[]> {
  const sent: NodeJS.Signals[] = [];
  const over = step.ended.then(
    () => true,
    () => true,
  );
  for (const [signal, waitMs] of [
    ['SIGINT', 7_500],
    ['SIGTERM', 2_500],
    ['SIGKILL', 10_000],
  ] as const) {
    step.signal(signal);
    sent.push(signal);
    if (await Promise.race([over, sleep(waitMs, false, { ref: false })])) break;
  }
  return sent;
}

const askedFor = (tag: string) =>
  eventually(
    async () => asked.includes(tag),
    (isAsked) => isAsked,
  );
const digestOf = (tag: string): Promise<string> =>
  crane(lab, 'digest', `${run.prefix}/base:${tag}`).catch(() => 'nothing');
const names = async () => (await tagsOf(lab, `${run.prefix}/base`)).filter((tag) => !tag.startsWith('sha256-'));

describe('F31: a release that the runner stops', () => {
  it(
    'before its commit point ends at once, with no floating tag, and the next attempt ends it',
    async () => {
      delayMs = 4_000;
      const step = await run.job.start('push', run.inputs);
      await askedFor('1.0.0');
      expect(await stopped(step)).toEqual(['SIGINT']);
      const ended = await step.ended;
      expect([ended.exitCode, ended.errors]).toEqual([130, [expect.stringMatching(/^cancelled: /)]]);
      expect(ended.summary).toContain('### Not at its end: 0 of 1 tags are written');
      expect(ended.summary).toContain('every tag that moves, such as `latest`, is as it was');
      delayMs = 0;
      const again = await run.again(2);
      expect(await again.run('push', run.inputs)).toMatchObject({ exitCode: 0 });
      expect(await again.run('release-latest', run.inputs)).toMatchObject({
        exitCode: 0,
        outputs: { state: 'released' },
      });
    },
    LIMIT_MS,
  );

  it(
    'among its floating tags brings them to their end, says so, and is green',
    async () => {
      expect(await run.run('push')).toMatchObject({ exitCode: 0 });
      delayMs = 500;
      const step = await run.job.start('release-latest', run.inputs);
      await askedFor('1.0');
      expect(await stopped(step)).toEqual(['SIGINT']);
      const ended = await step.ended;
      expect(ended).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released', moved: '3' } });
      expect(ended.stdout).toContain('floating tags are on their way: the set is brought to its end');
      expect(ended.summary).toMatch(/^### Released/);
      expect(ended.summary).not.toContain('Not at its end');
      for (const tag of ['1.0', '1', 'latest']) expect(await digestOf(tag)).toBe(run.built.outputs.digest);
    },
    LIMIT_MS,
  );

  it(
    'at a registry too slow for the time that is left is killed, its summary says what is published, and the next attempt ends it',
    async () => {
      expect(await run.run('push')).toMatchObject({ exitCode: 0 });
      delayMs = 6_000;
      const step = await run.job.start('release-latest', run.inputs);
      await askedFor('1.0');
      expect(await stopped(step)).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL']);
      const summary = await step.summary();
      expect(summary).toContain('### Not at its end: 1 of 3 tags are written');
      expect(summary).toContain('a mixture: 1 of 3 tags that move are the new ones');
      expect(summary).toContain('run the failed jobs again');
      expect(summary).toContain('slipway release --resume journal.json');
      expect(summary).toMatch(/base:latest` \| – \| `[0-9a-f]{12}` \| not written/);
      // What was on its way when the step was killed may still be written.
      await sleep(delayMs);
      delayMs = 0;
      expect(await digestOf('latest')).toBe('nothing');
      expect(await names()).toContain('1.0');
      const again = await run.again(2);
      const ended = await again.run('release-latest', run.inputs);
      expect(ended).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released' } });
      for (const tag of ['1.0', '1', 'latest']) expect(await digestOf(tag)).toBe(run.built.outputs.digest);
    },
    LIMIT_MS,
  );
});
