import { describe, expect, it } from '@jest/globals';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseTag } from '../../../src/domain/image-ref.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import { ReleaseJournal } from '../../../src/domain/release-journal.ts';
import type { ReleaseState } from '../../../src/domain/release-machine.ts';
import type { Http } from '../../../src/ports/http.ts';
import { release } from '../../../src/stages/release.ts';
import { resume } from '../../../src/stages/resume.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { createInterleaver } from '../../support/interleaver.ts';
import { madeImage } from '../../support/made-image.ts';
import { madeEvent, madePlan, tagsNamed } from '../../support/made-plan.ts';
import { journalBox, type MadeRelease, madeRelease, stageRelease } from '../../support/release-set.ts';

// Here some, so that nobody waits; script/campaign runs a thousand and more.
const interleavings = Number(process.env.SLIPWAY_INTERLEAVINGS ?? 200);
const first = madeRelease('1.2.2');
const older = madeRelease('1.2.3');
const newer = madeRelease('1.2.4');
const weekly = rebuildOf('1.2.3');

/** A scheduled run: images of its own, and a tag of its own. */
function rebuildOf(version: string): MadeRelease {
  const tags = { immutable: tagsNamed(`${version}-r20260102.9`), floating: [] };
  const images = older.images.map(({ repository }, place) => ({
    repository,
    made: madeImage({ layers: [{ v: `rebuild ${place}` }] }),
  }));
  const event = madeEvent({ name: 'schedule' });
  const rights = { ...older.plan.rights, floating: false };
  const plan = madePlan({
    ...older.plan,
    event,
    rights,
    images: older.plan.images.map((image) => ({ ...image, tags })),
  });
  const set = setOf(
    plan,
    images.map(({ made }, place) => ({ key: `image${place}`, digest: made.manifest.digest, record: digestOf('r') })),
  );
  return { plan, set, images, wanted: {} };
}

/** Runs all three at once over one registry, in the order of a seed, and tells how each ended and what every tag names. */
async function race(seed: number) {
  const registry = new FakeRegistry();
  for (const made of [first, older, newer, weekly]) await stageRelease(registry.other, made);
  await release({ registry: registry.other, clock: registry.clock, log: recordingLog() }, first, 'all');
  const interleaver = createInterleaver(seed);
  let made = 0;
  const random = {
    hex: (digits: number) => {
      made += 1;
      return made.toString(16).padStart(digits, 'f').slice(-digits);
    },
  };
  const runs = [older, newer, weekly].map((work): Promise<ReleaseState> => {
    const client = createRegistryClient({ http: interleaver.door(registry.http), clock: registry.clock, random });
    const ports = { registry: client, clock: registry.clock, log: recordingLog() };
    return release(ports, work, 'all').then(({ state }) => state);
  });
  await interleaver.run(runs);
  const ends = await Promise.allSettled(runs);
  const named = async (tag: string) =>
    Promise.all(
      newer.images.map(
        async ({ repository }) => (await registry.other.resolve(repository, parseTag(tag, 'test')))?.digest,
      ),
    );
  return { ends, named };
}

/** Where the process of a run ends: nothing of it goes on after one of its requests. */
const gone = (): Promise<never> => new Promise(() => {});

/**
 * The older release dies at one of its requests, before it is sent or after its answer; before that one, the newer release comes to
 * its end. Then the older one is resumed by the journal that it left.
 */
async function crash(at: number, isSent: boolean) {
  const registry = new FakeRegistry();
  for (const made of [first, older, newer]) await stageRelease(registry.other, made);
  await release({ registry: registry.other, clock: registry.clock, log: recordingLog() }, first, 'all');
  const box = journalBox();
  let requests = 0;
  let dead: (() => void) | undefined;
  const died = new Promise<void>((resolve) => {
    dead = resolve;
  });
  const random = { hex: (digits: number) => (requests + 1).toString(16).padStart(digits, 'e').slice(-digits) };
  const http: Http = {
    send: async (request) => {
      requests += 1;
      if (requests > at) return gone();
      if (requests < at) return registry.http.send(request);
      await release({ registry: registry.other, clock: registry.clock, log: recordingLog() }, newer, 'all');
      if (isSent) await registry.http.send(request);
      dead?.();
      return gone();
    },
  };
  const client = createRegistryClient({ http, clock: registry.clock, random });
  const ports = { registry: client, clock: registry.clock, log: recordingLog() };
  const running = release(ports, { ...older, facts: { keepJournal: box.keep } }, 'all');
  const isOver = await Promise.race([died.then(() => false), running.then(() => true)]);
  const journal = box.read();
  const state =
    journal === undefined
      ? undefined
      : (
          await resume(
            { registry: registry.other, clock: registry.clock, log: recordingLog() },
            ReleaseJournal.parse(journal),
            {},
          )
        ).state;
  const named = await Promise.all(
    newer.images.map(
      async ({ repository }) => (await registry.other.resolve(repository, parseTag('latest', 'test')))?.digest,
    ),
  );
  return { isOver, state, named };
}

const digests = ({ images }: MadeRelease) => images.map(({ made }) => made.manifest.digest);

describe('F32, F33: two releases and a scheduled run at the same time', () => {
  it(
    `end with latest on the newer one for every image, in each of ${interleavings} orders`,
    async () => {
      const wrong: unknown[] = [];
      for (let seed = 1; seed <= interleavings; seed += 1) {
        const { ends, named } = await race(seed);
        const states = ends.map((end) => (end.status === 'fulfilled' ? end.value : String(end.reason)));
        const found = {
          latest: await named('latest'),
          line: await named('1.2'),
          versions: [await named('1.2.2'), await named('1.2.3'), await named('1.2.4')],
          rebuild: await named('1.2.3-r20260102.9'),
        };
        const wanted = {
          latest: digests(newer),
          line: digests(newer),
          versions: [digests(first), digests(older), digests(newer)],
          rebuild: digests(weekly),
        };
        if (JSON.stringify(found) !== JSON.stringify(wanted) || states[1] !== 'released' || states[2] !== 'released') {
          wrong.push({ seed, states, found });
        }
        if (wrong.length > 2) break;
      }
      expect(wrong).toEqual([]);
    },
    60_000 + 3_000 * interleavings,
  );
});

describe('F32: a release that dies while a newer one comes to its end', () => {
  it('is resumed without latest going back, wherever it died', async () => {
    const wrong: unknown[] = [];
    let resumed = 0;
    for (let at = 1; ; at += 1) {
      const ends = [await crash(at, false), await crash(at, true)];
      // Before its journal nothing was written, and there is nothing to resume.
      for (const { isOver, state, named } of ends) {
        if (isOver || state === undefined) continue;
        resumed += 1;
        const isRight = JSON.stringify(named) === JSON.stringify(digests(newer));
        if (!isRight || (state !== 'released' && state !== 'unchanged')) wrong.push({ at, state, named });
      }
      if (ends.every(({ isOver }) => isOver)) break;
    }
    expect(wrong).toEqual([]);
    expect(resumed).toBeGreaterThan(40);
  }, 120_000);
});
