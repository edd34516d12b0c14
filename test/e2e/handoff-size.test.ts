import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../src/domain/digest.ts';
import { readSlots, slotText } from '../../src/domain/row-result.ts';
import { levelCount, slotCount } from '../../src/domain/rows.ts';
import { receivePlan, receiveResults, sendPlan, sendResult } from '../../src/pipelines/handoff.ts';
import type { Artifacts } from '../../src/ports/artifacts.ts';
import { type HandoffRunner, openHandoffRunner } from '../support/handoff-runner.ts';
import {
  keyAt,
  largestOf,
  longestSlot,
  longestVariable,
  madeResult,
  plannedSet,
  resultsText,
} from '../support/handoff-set.ts';
import { createMemoryFiles } from '../support/memory-files.ts';
import { failuresOf, jobOf } from '../support/runner.ts';

const LIMIT_MS = 900_000;
const manyLevels = [64, 64, 64, 58];

let runner: HandoffRunner;

beforeAll(async () => {
  runner = await openHandoffRunner();
}, LIMIT_MS);

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
}, LIMIT_MS);

describe('the hand-off at size', () => {
  it(
    'brings 250 results of four levels, each built on the level below, through images.yml in a workflow runner',
    async () => {
      const run = await runner.run({ levels: manyLevels, misdeed: 'none', by: '', to: '' });
      const keys = plannedSet(manyLevels).images.map(({ key }) => key);

      expect(failuresOf(run)).toEqual([]);
      expect(new Set(run.arrived?.rows)).toEqual(new Set(keys));
      expect(run.arrived?.rows).toHaveLength(250);
      expect(run.arrived?.digests).toEqual(Object.fromEntries(keys.map((key) => [key, digestOf(`digest of ${key}`)])));
      expect(run.jobs.filter(({ id }) => id.startsWith('level-'))).toHaveLength(250);
      expect(jobOf(run, keyAt(4, 58)).steps.flatMap(({ lines }) => lines)).toContain('1 of 1 bases arrived');
      // Each of the results is in it: 250 digests of 71 characters.
      expect(run.arrived?.largestVariable).toEqual({ name: 'INPUT_RESULTS', bytes: expect.any(Number) });
      expect(run.arrived?.largestVariable.bytes).toBeGreaterThan(250 * 71);
      expect(run.arrived?.largestVariable.bytes).toBeLessThan(longestVariable);
      expect(run.exitCode).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'brings the results of images in parts, each built on the part of its base by the runner of its platform',
    async () => {
      const run = await runner.run({ levels: [2, 1], inParts: true, misdeed: 'none', by: '', to: '' });
      const keys = [keyAt(1, 1), keyAt(1, 2), keyAt(2, 1)];
      const rows = keys.flatMap((key) => [`${key}@linux-amd64`, `${key}@linux-arm64`]);

      expect(failuresOf(run)).toEqual([]);
      expect(run.arrived?.rows).toEqual(rows);
      expect(run.jobs.filter(({ id }) => id.startsWith('level-')).map(({ name }) => name)).toEqual(
        expect.arrayContaining(rows),
      );
      for (const platform of ['amd64', 'arm64']) {
        const lines = jobOf(run, `${keyAt(2, 1)}@linux-${platform}`).steps.flatMap((step) => step.lines);
        expect(lines).toContain('1 of 1 bases arrived');
      }
      expect(run.exitCode).toBe(0);
    },
    LIMIT_MS,
  );

  it('fits into one variable when all slots of all levels hold the longest text that there is', () => {
    const levels = Array.from({ length: levelCount }, (_, level) =>
      Array.from({ length: slotCount }, (_, slot) => longestSlot(level + 1, slot + 1)),
    );
    const text = resultsText(levels);

    expect(readSlots(JSON.parse(text)).size).toBe(512);
    expect([...readSlots(JSON.parse(text)).keys()].map((row) => row.length)).toEqual(levels.flat().map(() => 48));
    expect(largestOf({ INPUT_RESULTS: text }).bytes).toBeLessThan(longestVariable);
  });

  it('brings 300 images of one level in 64 rows', async () => {
    const ports = { artifacts: artifactsInMemory(), files: createMemoryFiles() };
    const run = { id: 'run-1', number: 1, attempt: 1 };
    const event = plannedSet([300]).event;
    const host = { event, run, workspace: '/work', temp: '/tmp' };
    const known = await receivePlan(ports, host, await sendPlan(ports, plannedSet([300], run)));
    const { rows } = known.plan;
    const slots: string[] = [];
    for (const row of rows)
      slots[row.slot - 1] = slotText(row.id, await sendResult(ports, madeResult(known, row.id, run)));

    const results = await receiveResults(ports, { known, run, rows }, resultsText([slots]));

    expect(results.map(({ row }) => row)).toEqual(Array.from({ length: 64 }, (_, at) => `batch--1-${at + 1}`));
    const keys = results.flatMap(({ records }) => records.map(({ key }) => key));
    expect(keys).toHaveLength(300);
    expect(new Set(keys)).toEqual(new Set(known.plan.images.map(({ key }) => key)));
    expect(new Set(rows.map(({ images }) => images.length))).toEqual(new Set([4, 5]));
  });
});

/** Artifacts of a run that has no service of its own. */
function artifactsInMemory(): Artifacts {
  const kept = new Map<string, Readonly<Record<string, Uint8Array>>>();
  return {
    async upload(name, files) {
      if (kept.has(name)) throw new Error(`the artifact ${name} is there already`);
      kept.set(name, files);
    },
    download: async (name) => kept.get(name),
  };
}
