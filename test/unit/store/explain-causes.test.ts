import { describe, expect, it } from '@jest/globals';
import type { ImageDifference } from '../../../src/domain/explain/difference.ts';
import { type ExplainedSide, explainPlatforms } from '../../../src/store/explain.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { causeDockerfile, causeImage, type MadeCause, madeCauses } from '../../support/made-causes.ts';
import type { MadeImage } from '../../support/made-image.ts';
import { madeRecord } from '../../support/made-plan.ts';
import { sourceOf } from '../../support/made-source.ts';
import { drawn } from '../../support/tampering.ts';

const dockerfile = { text: causeDockerfile, file: 'app/Dockerfile', target: null, buildArgs: {} };

async function sideOf(made: MadeImage, record: ExplainedSide['record']): Promise<ExplainedSide> {
  const source = sourceOf(made);
  const [content] = (await readImage(source, made.manifest.digest)).platforms;
  if (content === undefined) throw new Error('it has a platform');
  return { source, content, record, dockerfile };
}

async function explained({ change, records, options }: MadeCause): Promise<ImageDifference> {
  const [a, b] = [drawn(causeImage, 'oci'), drawn(change(causeImage), 'oci')];
  const [one, other] = records ?? [];
  return explainPlatforms(
    await sideOf(a, one && madeRecord('app', one)),
    await sideOf(b, other && madeRecord('app', other)),
    options,
  );
}

describe('made causes', () => {
  it.each(madeCauses)('$cause: the instruction, its line and the cause are told', async (made) => {
    const { layers, cause } = await explained(made);
    const [first] = layers;
    expect([first?.instruction ?? null, first?.line ?? null]).toEqual([made.instruction, made.line]);
    if (made.found === null) expect(cause).toBeNull();
    else
      expect(cause).toEqual(expect.stringMatching(new RegExp(`^${made.found.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)));
  });

  it('reach the score: at least 19 of 20 instructions, and no cause that is wrong', async () => {
    let right = 0;
    const wrong: string[] = [];
    for (const made of madeCauses) {
      const { layers, cause } = await explained(made);
      if ((layers[0]?.instruction ?? null) === made.instruction) right += 1;
      if (cause !== null && (made.found === null || !cause.startsWith(made.found)))
        wrong.push(`${made.cause}: ${cause}`);
    }
    expect(wrong).toEqual([]);
    expect(right / madeCauses.length).toBeGreaterThanOrEqual(19 / 20);
    expect(madeCauses.length).toBeGreaterThanOrEqual(20);
  });
});
