import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import { cancelled } from '../support/cancelled-step.ts';
import { eventually } from '../support/desk.ts';
import { type HandedRun, openHandedRun } from '../support/handed-run.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';
import { type EmbeddedRegistry, startEmbedded } from '../support/registries.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const ports = createPorts();
const tagWrite = /\/manifests\/(?!sha256[:-])[^/]+$/;

/** Whether the registry waits with the write of a tag, and until when. */
let isHeld = (_tag: string): boolean => false;
let opened = Promise.resolve();
/** The tags that it was asked to write. */
const asked: string[] = [];
let registry: EmbeddedRegistry;
let run: HandedRun;

beforeAll(async () => {
  registry = await startEmbedded(ports, (handler) => async (request) => {
    const [path = ''] = request.path.split('?');
    if (request.method === 'PUT' && tagWrite.test(path)) {
      const tag = path.split('/').at(-1) ?? '';
      asked.push(tag);
      if (isHeld(tag)) await opened;
    }
    return handler(request);
  });
});

beforeEach(async () => {
  isHeld = () => false;
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

/** Has the registry wait with the write of some tags, until somebody opens. */
function hold(which: (tag: string) => boolean): { open(): void } {
  let resolved = (): void => {};
  opened = new Promise((resolve) => {
    resolved = resolve;
  });
  isHeld = which;
  return {
    open() {
      isHeld = () => false;
      resolved();
    },
  };
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
      const registryWaits = hold(() => true);
      const step = await run.job.start('push', run.inputs);
      await askedFor('1.0.0');
      expect(await cancelled(step)).toEqual(['SIGINT']);
      const ended = await step.ended;
      expect([ended.exitCode, ended.errors]).toEqual([130, [expect.stringMatching(/^cancelled: /)]]);
      expect(ended.summary).toContain('### Not at its end: 0 of 1 tags are written');
      expect(ended.summary).toContain('every tag that moves, such as `latest`, is as it was');
      registryWaits.open();
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
      const registryWaits = hold(() => true);
      const step = await run.job.start('release-latest', run.inputs);
      await askedFor('1.0');
      step.signal('SIGINT');
      await eventually(
        async () => step.said(),
        (said) => said.includes('floating tags are on their way'),
      );
      registryWaits.open();
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
      const registryWaits = hold((tag) => tag !== '1.0');
      const step = await run.job.start('release-latest', run.inputs);
      await askedFor('1');
      expect(await cancelled(step, 'as the runner does')).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL']);
      const summary = await step.summary();
      expect(summary).toContain('### Not at its end: 1 of 3 tags are written');
      expect(summary).toContain('a mixture: 1 of 3 tags that move are the new ones');
      expect(summary).toContain('run the failed jobs again');
      expect(summary).toContain('slipway release --resume journal.json');
      expect(summary).toMatch(/base:latest` \| – \| `[0-9a-f]{12}` \| not written/);
      // What was on its way when the step was killed may still be written.
      registryWaits.open();
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
