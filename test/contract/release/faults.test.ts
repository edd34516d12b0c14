import { setMaxListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClock } from '../../../src/adapters/clock.ts';
import { createHttp } from '../../../src/adapters/http.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { createRegistryClient, type RegistryClient } from '../../../src/clients/registry/client.ts';
import type { ReleaseReport } from '../../../src/domain/release-report.ts';
import { release } from '../../../src/stages/release.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/fake-log.ts';
import type { FaultRule } from '../../support/fault-proxy/fault-script.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/proxy.ts';
import { crane, requireLab } from '../../support/lab.ts';
import { type EmbeddedRegistry, startEmbedded } from '../../support/registries.ts';
import { type MadeRelease, madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';

const releases = Number(process.env.SLIPWAY_RELEASES ?? 40);
const seed = Number(process.env.SLIPWAY_SEED ?? 1);
const images = 14;
const share = 0.05;

const lab = requireLab();
const signals = { cancelled: new AbortController().signal };
// Every request under way listens.
setMaxListeners(0, signals.cancelled);
const random = createRandom();
let registry: EmbeddedRegistry;
let direct: RegistryClient;

beforeAll(async () => {
  registry = await startEmbedded({ clock: createClock() });
  direct = createRegistryClient({ http: createHttp(createClock(), signals), clock: createClock(), random });
});

afterAll(async () => registry[Symbol.asyncDispose]());

interface Run {
  readonly report: ReleaseReport | undefined;
  readonly error: unknown;
  readonly log: ReturnType<typeof recordingLog>;
  /** The same release, past the faults. */
  readonly made: MadeRelease;
  readonly old: MadeRelease;
  readonly proxy: FaultProxy;
}

/** Releases 1.2.3 over 1.2.2 through a proxy; what is waited for costs no time. */
async function through(name: string, rules: readonly FaultRule[], count = 2, proxySeed = seed): Promise<Run> {
  const old = madeRelease('1.2.2', { count, prefix: `${registry.host}/${name}` });
  const made = madeRelease('1.2.3', { count, prefix: `${registry.host}/${name}` });
  for (const one of [old, made]) await stageRelease(direct, one);
  await release({ registry: direct, clock: fakeClock(), log: recordingLog() }, old, 'all');
  const proxy = await startFaultProxy({ upstream: `http://${registry.host}`, rules, seed: proxySeed });
  const clock = fakeClock();
  using http = createHttp(clock, signals);
  const log = recordingLog();
  const open = () => createRegistryClient({ http, clock, random });
  const faulty = madeRelease('1.2.3', { count, prefix: `${proxy.host}/${name}` });
  try {
    const report = await release({ registry: open(), settling: open, clock, log }, faulty, 'all');
    return { report, error: undefined, log, made, old, proxy };
  } catch (error) {
    return { report: undefined, error, log, made, old, proxy };
  } finally {
    await proxy[Symbol.asyncDispose]();
  }
}

const tagRead = { kind: 'manifest-tag', method: ['GET', 'HEAD'], path: '/manifests/[^:]+$' } as const;
const tagWrite = { kind: 'manifest-tag', method: 'PUT', path: '/manifests/[^:]+$' } as const;

describe('a release through a registry that goes wrong', () => {
  it('F05: takes a write whose reply was lost for what it did', async () => {
    const run = await through('f05', [{ match: tagWrite, each: 'request', first: 1, fault: { kind: 'lost-reply' } }]);
    expect(run.report?.state).toBe('released');
    expect(await namedBy(direct, run.made)).toEqual(run.made.wanted);
  });

  it('F09: waits for tags that are not shown at once, and says how long', async () => {
    const run = await through('f09', [{ match: tagRead, always: true, fault: { kind: 'hide', reads: 2 } }]);
    expect(run.report?.state).toBe('released');
    expect(run.log.texts('info')).toContainEqual(expect.stringMatching(/the registry showed it after \d+ ms/));
    expect(await namedBy(direct, run.made)).toEqual(run.made.wanted);
  });

  it('F10: is not deceived by a copy that is behind', async () => {
    const run = await through('f10', [{ match: tagRead, each: 'request', at: [2, 4], fault: { kind: 'stale' } }]);
    expect(run.report?.state).toBe('released');
    expect(await namedBy(direct, run.made)).toEqual(run.made.wanted);
  });

  it('F10: does not call a tag unwritten that such a copy goes on to hide', async () => {
    const run = await through('f10b', [{ match: tagRead, each: 'request', odd: true, fault: { kind: 'stale' } }]);
    expect(run.report?.state).toBe('partial');
    expect(run.report?.tags[0]?.why).toBe('it is not certain what it names');
  });

  it('F11: moves no floating tag where the registry lost content below a manifest', async () => {
    const body = { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' }] };
    const match = { ...tagWrite, path: '/image1/manifests/1\\.2\\.3$' };
    const run = await through('f11', [{ match, always: true, fault: { kind: 'answer', status: 400, body } }]);
    expect(run.report?.state).toBe('partial');
    const wrong = run.report?.tags.filter((tag) => tag.kind === 'immutable' && tag.is !== tag.should);
    expect(wrong?.map(({ key, tag, is }) => [key, tag, is])).toEqual([['image1', '1.2.3', null]]);
    expect(await namedBy(direct, run.made)).toMatchObject({
      'image0:latest': run.old.wanted['image0:latest'],
      'image1:latest': run.old.wanted['image1:latest'],
    });
  });

  it('F16: writes nothing to tags that cannot be written twice and are right already', async () => {
    const body = { errors: [{ code: 'TAG_INVALID', message: 'The image tag is immutable' }] };
    const first = await through('f16', []);
    const again = await through('f16', [
      { match: tagWrite, always: true, fault: { kind: 'answer', status: 400, body } },
    ]);
    // The older release in front of it finds newer tags, and leaves them.
    expect([first.report?.state, again.report?.state]).toEqual(['released', 'unchanged']);
    expect(again.proxy.log.writes()).toEqual([]);
  });

  it('F16: puts back what it moved where floating tags cannot be written twice', async () => {
    const body = { errors: [{ code: 'TAG_INVALID', message: 'The image tag is immutable' }] };
    const match = { ...tagWrite, path: '/manifests/latest$' };
    const run = await through('f16b', [{ match, always: true, fault: { kind: 'answer', status: 400, body } }]);
    expect(run.report?.state).toBe('partial');
    const named = await namedBy(direct, run.made);
    for (const tag of ['1.2', '1', 'latest']) {
      expect([named[`image0:${tag}`], named[`image1:${tag}`]]).toEqual([
        run.old.wanted[`image0:${tag}`],
        run.old.wanted[`image1:${tag}`],
      ]);
    }
  });
});

const campaignRules: readonly FaultRule[] = [
  { kind: 'answer', status: 503 } as const,
  { kind: 'answer', status: 500 } as const,
  { kind: 'slow-down', afterSeconds: 1 } as const,
  { kind: 'reset' } as const,
  { kind: 'lost-reply' } as const,
].map((fault): FaultRule => ({ rate: share / 5, fault }));

describe(`${releases} releases of ${images} images while ${share * 100} % of the requests go wrong`, () => {
  it('leave no wrong tag: each is in one of the four states, and crane sees what the report says', async () => {
    const wrong: unknown[] = [];
    const states: Record<string, number> = {};
    let faults = 0;
    for (let number = 1; number <= releases; number += 1) {
      const run = await through(`campaign${number}`, campaignRules, images, seed * 1000 + number);
      const state = run.report?.state ?? 'refused';
      states[state] = (states[state] ?? 0) + 1;
      faults += run.proxy.log.entries.filter(({ fault }) => fault !== undefined).length;
      await inParallel(run.made.images, 4, async ({ repository, made }) => {
        const place = Number(/image(\d+)$/.exec(repository)?.[1]);
        const key = `image${place}`;
        for (const tag of ['1.2.3', 'latest']) {
          const seen = await crane(lab, 'digest', `${repository}:${tag}`).catch(() => null);
          const told = run.report?.tags.find((one) => one.key === key && one.tag === tag);
          const before = tag === 'latest' ? run.old.wanted[`${key}:latest`] : null;
          const isGood = state === 'released' ? seen === made.manifest.digest : seen === (told?.is ?? before);
          if (!isGood) wrong.push({ number, state, key, tag, seen, told });
        }
      });
      if (state === 'refused' && !(run.error instanceof Error && 'code' in run.error)) wrong.push(run.error);
    }
    console.log(`faults: ${faults} in ${releases} releases, which ended ${JSON.stringify(states)}`);
    expect(wrong).toEqual([]);
    // A release that is refused before its first write was asked a thing that failed for good.
    expect((states.released ?? 0) / releases).toBeGreaterThanOrEqual(0.95);
  }, 3_600_000);
});
