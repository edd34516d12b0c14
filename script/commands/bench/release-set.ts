import { type ImageSet, setOf } from '../../../src/domain/image-set.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import { recordBytes } from '../../../src/formats/record-artifact.ts';
import { madePlatformRecord, madeRecord } from '../../../test/support/made-plan.ts';
import { type MadeRelease, madeRelease } from '../../../test/support/release-set.ts';

/** What a release of the bench is like; a file, so that a program of its own can be told. */
export interface ReleaseTask {
  readonly prefix: string;
  readonly version: string;
  readonly count: number;
  /** Whether the gate is asked before. */
  readonly isGated: boolean;
}

/** A release of two tags with the records that prove it: the same in the program that seeds and in the one that releases. */
export function benchRelease({ prefix, version, count }: ReleaseTask): MadeRelease & {
  readonly records: readonly ImageRecord[];
  readonly gated: ImageSet;
} {
  const made = madeRelease(version, { count, prefix, floating: ['latest'] });
  const records = made.images.map(({ repository, made: image }, place) => {
    const { digest, mediaType } = image.manifest;
    const platforms = [{ ...madePlatformRecord('linux/amd64', `image${place}`), digest }];
    // Where it lies is no part of what is the same for both programs.
    return madeRecord(`image${place}`, { repository: pathOnly(repository), digest, mediaType, platforms });
  });
  const gated = setOf(
    made.plan,
    records.map((record) => ({ key: record.key, digest: record.digest, record: recordBytes(record).digest })),
  );
  return { ...made, records, gated };
}

function pathOnly(repository: ImageRecord['repository']): ImageRecord['repository'] {
  return (
    madeRelease('1.0.0', { count: 1, prefix: `registry.test/${repository.split('/').slice(1, -1).join('/')}` })
      .images[0]?.repository ?? repository
  );
}
