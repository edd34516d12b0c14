import { meantBy, parseImageRef } from './image-ref.ts';
import type { PlannedBase } from './plan.ts';
import type { ImageRecord } from './record.ts';

/** An image with its bases as they are today. */
export interface BuiltOn {
  readonly key: string;
  readonly bases: readonly PlannedBase[];
}

/** Why an image is stale: the base that moved and where, or why nobody can tell. */
export interface Staleness {
  readonly why: string;
  readonly base: string | null;
  /** `null` where the base is known as a whole only. */
  readonly platform: string | null;
}

type RecordedBase = ImageRecord['bases'][number];

/** The images whose bases from outside of the set are others today than when they were built, on a platform that they use. */
export function staleImages(
  images: readonly BuiltOn[],
  records: ReadonlyMap<string, ImageRecord>,
): ReadonlyMap<string, Staleness> {
  const stale = new Map<string, Staleness>();
  for (const { key, bases } of images) {
    const found = stalenessOf(bases, records.get(key));
    if (found !== undefined) stale.set(key, found);
  }
  return stale;
}

function stalenessOf(bases: readonly PlannedBase[], record: ImageRecord | undefined): Staleness | undefined {
  if (record === undefined) return { why: 'no record says what it was built on', base: null, platform: null };
  for (const base of bases) {
    // Those of the set make their dependents differ by themselves, and one that nobody could ask about may be as it was.
    if (base.key !== null || base.digest === null) continue;
    const before = record.bases.find((one) => one.key === null && isSame(one.reference, base.reference));
    const found = movementOf(base, before);
    if (found !== undefined) return { ...found, base: base.reference };
  }
  return undefined;
}

function movementOf(today: PlannedBase, before: RecordedBase | undefined): Omit<Staleness, 'base'> | undefined {
  const { reference } = today;
  const recorded = before?.platforms ?? {};
  const used = Object.entries(today.platforms);
  // Where no platform is known, only all of it can be compared.
  if (used.length === 0) {
    if (before?.digest === today.digest) return undefined;
    return { why: whyMoved(reference, before?.digest ?? undefined), platform: null };
  }
  for (const [platform, digest] of used) {
    const old = recorded[platform];
    // The whole is the same, so every part of it is.
    if (old === digest || (old === undefined && before?.digest === today.digest)) continue;
    return { why: whyMoved(`${reference} for ${platform}`, old), platform };
  }
  return undefined;
}

function whyMoved(what: string, old: string | undefined): string {
  return old === undefined
    ? `the record does not say which ${what} it was built on`
    : `${what} is another one than when it was built`;
}

/** Two spellings of one name are no change. */
function isSame(a: string, b: string): boolean {
  return a === b || spelled(a) === spelled(b);
}

function spelled(reference: string): string {
  try {
    const ref = parseImageRef(reference, 'a record');
    return `${ref.repository} ${meantBy(ref)}`;
  } catch {
    // What a record says was right when it was written; if it no longer reads, it is another base.
    return reference;
  }
}
