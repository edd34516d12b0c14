import { describe, expect, it } from '@jest/globals';
import { createHostHealth } from '../../../src/adapters/host-health.ts';
import { type FailedAttempt, nextDelayMs } from '../../../src/adapters/http-retry.ts';
import { createRequestQueue } from '../../../src/adapters/request-queue.ts';
import { retry } from '../../../src/clients/registry/retry.ts';

function delay(
  status: number | undefined,
  more: Partial<FailedAttempt> & { headers?: Record<string, string>; text?: string } = {},
): number | undefined {
  const { headers = {}, text = '', ...rest } = more;
  const answer = status === undefined ? {} : { answer: { status, headers, text } };
  return nextDelayMs({ attempt: 1, elapsedMs: 0, now: new Date(0), ...answer, ...rest }, retry, 1);
}

describe('another attempt at a registry', () => {
  it.each([408, 425, 429, 499, 500, 502, 503, 504, 522, undefined])('is made after %p', (status) => {
    expect(delay(status)).toBe(500);
  });

  it.each([200, 201, 301, 400, 401, 403, 404, 405, 413, 416, 501])('is not made after %p', (status) => {
    expect(delay(status)).toBeUndefined();
  });

  it('is the sixth at most, and the third after a 500', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => delay(503, { attempt }))).toEqual([
      500,
      1000,
      2000,
      4000,
      8000,
      undefined,
    ]);
    expect([1, 2, 3].map((attempt) => delay(500, { attempt }))).toEqual([500, 1000, undefined]);
  });

  it('is made when a refusal of any status asks for patience in words, and never because of a 200 that does', () => {
    const text = '{"errors":[{"code":"TOOMANYREQUESTS"}]}';
    expect(delay(403, { text })).toBe(500);
    expect(delay(200, { text })).toBeUndefined();
  });

  it('comes when the registry wants it, unless that is more than two minutes away', () => {
    expect(delay(429, { headers: { 'retry-after': '2' } })).toBe(2000);
    expect(delay(503, { headers: { 'retry-after': '120' } })).toBe(120_000);
    expect(delay(429, { headers: { 'retry-after': '121' } })).toBeUndefined();
  });

  it('does not begin after five minutes', () => {
    expect(delay(503, { elapsedMs: 299_000 })).toBe(500);
    expect(delay(503, { elapsedMs: 299_600 })).toBeUndefined();
  });
});

describe('the queue of a host', () => {
  async function running(queue: ReturnType<typeof createRequestQueue>, count: number) {
    const places: Awaited<ReturnType<typeof queue.enter>>[] = [];
    for (let left = count; left > 0; left -= 1) void queue.enter('host').then((place) => void places.push(place));
    await new Promise(setImmediate);
    return places;
  }

  it('halves for the first of those who were told to slow down together', async () => {
    const queue = createRequestQueue(16);
    const places = await running(queue, 40);
    expect(places).toHaveLength(16);
    for (const place of places.splice(0)) {
      place.slowDown();
      place.leave();
    }
    await new Promise(setImmediate);
    expect(places).toHaveLength(8);
    for (const place of places.splice(0)) {
      place.slowDown();
      place.leave();
    }
    await new Promise(setImmediate);
    expect(places).toHaveLength(4);
  });

  it('never closes', async () => {
    const queue = createRequestQueue(2);
    for (let round = 0; round < 5; round += 1) {
      const place = await queue.enter('host');
      place.slowDown();
      place.leave();
    }
    expect(await running(queue, 3)).toHaveLength(1);
  });

  it('opens again, a place at a time, while nobody complains', async () => {
    const queue = createRequestQueue(16);
    const first = await queue.enter('host');
    first.slowDown();
    first.leave();
    for (let count = 0; count < 64; count += 1) (await queue.enter('host')).leave();
    expect(await running(queue, 40)).toHaveLength(10);
  });

  it('takes a place back once', async () => {
    const queue = createRequestQueue(1);
    const first = await queue.enter('host');
    const others = await running(queue, 2);
    first.leave();
    first.leave();
    await new Promise(setImmediate);
    expect(others).toHaveLength(1);
  });
});

describe('the health of hosts', () => {
  it('is given up after ten failures in a row, host by host', () => {
    const health = createHostHealth();
    for (let count = 0; count < 9; count += 1) health.failed('a');
    expect(health.isGivenUp('a')).toBe(false);
    health.failed('a');
    expect([health.isGivenUp('a'), health.isGivenUp('b')]).toEqual([true, false]);
  });

  it('comes back with one good answer', () => {
    const health = createHostHealth();
    for (let count = 0; count < 20; count += 1) health.failed('a');
    health.answered('a');
    expect(health.isGivenUp('a')).toBe(false);
  });
});
