import type { ProvenImage } from '../domain/image-set.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { RowResult } from '../domain/row-result.ts';
import type { SplitImage } from '../domain/whole-image.ts';
import { recordBytes } from '../formats/record-artifact.ts';

/** What records speak of. */
export function provenIn(records: readonly ImageRecord[]): readonly ProvenImage[] {
  return records.map((record) => ({ key: record.key, digest: record.digest, record: recordBytes(record).digest }));
}

/** What rows have proven, as a set is made of it; of an image in parts that is its whole. */
export function provenBy(results: readonly RowResult[], split: readonly SplitImage[]): readonly ProvenImage[] {
  const isSplit = new Set(split.map(({ key }) => key));
  const built = provenIn(results.flatMap(({ records }) => records).filter(({ key }) => !isSplit.has(key)));
  const assembled = split.flatMap(({ key, whole }) =>
    whole.kind === 'assembled' ? [{ key, digest: whole.index.digest, record: whole.recordDigest }] : [],
  );
  return [...built, ...assembled];
}
