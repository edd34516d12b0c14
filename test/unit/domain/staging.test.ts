import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { isTag } from '../../../src/domain/image-ref.ts';
import { holds, memberTag, stageTag } from '../../../src/domain/staging.ts';
import { branchTag } from '../../../src/domain/tags.ts';

describe('tags that hold an image until its release', () => {
  it('name the run and the image, and the manifest', () => {
    expect(stageTag('7001', 'cpu-py3.10')).toBe('slipway-stage-7001-cpu-py3.10');
    expect(memberTag('7001', 'api', digestOf('a'))).toMatch(/^slipway-stage-7001-api\.\.[0-9a-f]{12}$/);
  });

  it('are legal for the longest names', () => {
    expect(isTag(memberTag(`desk-${'f'.repeat(80)}`, 'k'.repeat(48), digestOf('a')))).toBe(true);
    expect(isTag(stageTag('a run/of: somewhere', 'api'))).toBe(true);
  });

  it('are told from those of other images and runs', () => {
    expect(holds('7001', 'api', stageTag('7001', 'api'))).toBe(true);
    expect(holds('7001', 'api', memberTag('7001', 'api', digestOf('a')))).toBe(true);
    for (const other of [
      stageTag('7001', 'api-v2'),
      stageTag('70010', 'api'),
      memberTag('7001', 'api.v2', digestOf('a')),
    ])
      expect([other, holds('7001', 'api', other)]).toEqual([other, false]);
  });

  it('are never those of a branch', () => {
    expect(branchTag('slipway-stage-7001-api')).toMatch(/^slipway-stage-7001-api-[0-9a-f]{8}$/);
  });
});
