import { describe, expect, it } from '@jest/globals';
import type { ImageOutcome } from '../../../src/domain/outcome.ts';
import { recordBytes } from '../../../src/formats/record-artifact.ts';
import { setOutputs } from '../../../src/pipelines/actions/build-outputs.ts';
import { madePlanned, madeRecord } from '../../support/made-plan.ts';

async function ratioOf(
  ...steps: readonly (readonly [cached: number, executed: number])[]
): Promise<string | undefined> {
  const set = new Map<string, string>();
  const record = madeRecord('app');
  const outcomes = steps.map(([cached, executed]): ImageOutcome => {
    return { kind: 'proven', key: 'app', record, recordDigest: recordBytes(record).digest, cached, executed };
  });
  const outputs = {
    set: async (name: string, value: string) => void set.set(name, value),
    summary: async () => {},
    progress: async () => {},
    saveState: async () => {},
  };
  await setOutputs({ outputs }, outcomes, { images: [madePlanned('app')] });
  return set.get('cache-hit-ratio');
}

describe('the output cache-hit-ratio', () => {
  it('is the part of all steps of all images that came from caches', async () => {
    expect(await ratioOf([3, 1], [0, 2])).toBe('0.50');
    expect(await ratioOf([3, 0])).toBe('1.00');
  });

  it('is empty where no step was made, and not there where nothing was built', async () => {
    expect(await ratioOf([0, 0])).toBe('');
    expect(await ratioOf()).toBeUndefined();
  });
});
