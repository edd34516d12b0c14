import { describe, expect, it } from '@jest/globals';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { release } from '../../../src/stages/release.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type MadeRelease, madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';
import { countRoundTrips } from '../../support/round-trips.ts';

const options = { count: 14, floating: ['latest'] };
const first = madeRelease('1.2.2', options);
const next = madeRelease('1.2.3', options);

async function staged(): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  for (const made of [first, next]) await stageRelease(registry.other, made);
  return registry;
}

/** Releases over a line where only the way takes time, and tells how often it went that way. */
async function counted(registry: FakeRegistry, made: MadeRelease) {
  const line = countRoundTrips(registry.http);
  let digits = 0;
  const hex = (length: number): string => {
    digits += 1;
    return digits.toString(16).padStart(length, 'd').slice(-length);
  };
  const open = () => createRegistryClient({ http: line.http, clock: registry.clock, random: { hex } });
  const ports = { registry: open(), settling: open, clock: registry.clock, log: recordingLog() };
  const { state } = await release(ports, made, 'all');
  expect(await namedBy(registry.other, made)).toEqual(made.wanted);
  return { state, rounds: line.rounds, requests: line.requests };
}

/** Nobody should have to look at a clock to see that a release has begun to ask for more, or for things one after the other. */
describe('a release of 28 tags on 14 images, at most 16 requests at once', () => {
  it('of new tags takes no more than 12 ways there and back, for 170 requests', async () => {
    const { state, rounds, requests } = await counted(await staged(), first);
    expect(state).toBe('released');
    expect(rounds).toBeLessThanOrEqual(12);
    expect(requests).toBeLessThanOrEqual(170);
  });

  it('over an older release takes no more than 13, for 184', async () => {
    const registry = await staged();
    await counted(registry, first);
    const { state, rounds, requests } = await counted(registry, next);
    expect(state).toBe('released');
    expect(rounds).toBeLessThanOrEqual(13);
    expect(requests).toBeLessThanOrEqual(184);
  });

  it('that is made already takes no more than 2, for 29', async () => {
    const registry = await staged();
    await counted(registry, first);
    const { state, rounds, requests } = await counted(registry, first);
    expect(state).toBe('unchanged');
    expect(rounds).toBeLessThanOrEqual(2);
    expect(requests).toBeLessThanOrEqual(29);
  });
});
