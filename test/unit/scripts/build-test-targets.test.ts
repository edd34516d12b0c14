import { describe, expect, it } from '@jest/globals';
import { type Measured, targetsOf } from '../../../script/commands/bench/build-test-report.ts';

const took = (ms: number, images = 0, ownMs = 0) => ({ ms, sent: { images, proof: 0 }, ownMs, children: [] });

/** Two images of which both ways took so long. */
function measured(changes: Partial<Measured>, ours = took(2000), hand = took(2000)): Measured {
  const kind = { name: 'set' as const, keys: ['a', 'b'], isTogether: true, about: '', test: '', write: async () => {} };
  const round = { ours: [ours], hand: [hand], handAtOnce: [] };
  return { kind, builder: 'remote', state: 'cold', took: [round], ...changes };
}

const met = (one: Measured) => targetsOf(one).map(({ isMet }) => isMet);

describe('the targets of building and testing', () => {
  it.each([
    ['remote', 'cold', 2000, true],
    ['remote', 'cold', 2001, false],
    ['remote', 'warm', 2001, false],
    ['engine', 'cold', 2600, true],
    ['engine', 'cold', 2601, false],
    ['engine', 'warm', 3600, true],
    ['engine', 'warm', 3602, false],
  ])('on %s, %s, compare %i ms with 2000 by hand: %s', (builder, state, ms, expected) => {
    expect(met(measured({ builder, state }, took(ms)))[0]).toBe(expected);
  });

  it('count what is sent', () => {
    expect(met(measured({}, took(1, 5), took(1, 5)))[1]).toBe(true);
    expect(met(measured({}, took(1, 6), took(1, 5)))[1]).toBe(false);
  });

  it('limit what a step takes for itself', () => {
    expect(met(measured({}, took(1, 0, 999)))[2]).toBe(true);
    expect(met(measured({}, took(1, 0, 1000)))[2]).toBe(false);
  });

  it('take the median of the rounds', () => {
    const one = measured({});
    const slow = measured({}, took(9000)).took;
    expect(met({ ...one, took: [...slow, ...one.took, ...one.took] })[0]).toBe(true);
  });

  it('are for own time alone, where each image has a step of its own', () => {
    const one = measured({});
    expect(targetsOf({ ...one, kind: { ...one.kind, name: 'steps' } })).toHaveLength(1);
  });
});
