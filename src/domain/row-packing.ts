import type { PlannedImage, Row } from './plan.ts';
import { comparePlatforms, type Platform } from './platform.ts';
import { type Labels, runnerName } from './runners.ts';

/** Images that one job builds, on one runner. */
export interface RowWork {
  readonly images: readonly PlannedImage[];
  readonly runner: Labels;
  /** Only these platforms of them, where other runners build the rest; null for all. */
  readonly platforms: readonly Platform[] | null;
}

/** GitHub stops every job then. */
const longestJobMinutes = 360;

/** Numbers the rows of a level. Where there are more than fit, those of the same runner are packed together. */
export function packLevel(works: readonly RowWork[], level: number, most: number): readonly Row[] {
  if (works.length <= most) return works.map((work, at) => row(work, { id: idOf(work, level, at + 1), level, at }));
  const runners = new Set(works.map((work) => runnerName(work.runner)));
  const lots = [...runners].map((runner) => works.filter((work) => runnerName(work.runner) === runner));
  const shares = shareOut(
    lots.map((lot) => lot.length),
    most,
  );
  const packed = lots.flatMap((lot, index) => packLot(lot, shares[index] ?? 1));
  return packed.map(({ work, isBatch }, at) => {
    const id = isBatch ? `batch--${level}-${at + 1}` : idOf(work, level, at + 1);
    return row(work, { id, level, at });
  });
}

function packLot(lot: readonly RowWork[], share: number): readonly { work: RowWork; isBatch: boolean }[] {
  if (lot.length <= share) return lot.map((work) => ({ work, isBatch: false }));
  const batches = Array.from({ length: share }, (): RowWork[] => []);
  for (const [index, work] of lot.entries()) batches[index % share]?.push(work);
  return batches.map((works) => ({ work: together(works), isBatch: true }));
}

function together(works: readonly RowWork[]): RowWork {
  const images = works.flatMap((work) => work.images);
  const runner = works[0]?.runner ?? [];
  if (works.every((work) => work.platforms === null)) return { images, runner, platforms: null };
  // What stands whole on this runner has no platform of another one, so that nothing is built twice.
  const all = works.flatMap((work) => work.platforms ?? work.images.flatMap((image) => image.platforms));
  return { images, runner, platforms: [...new Set(all)].sort(comparePlatforms) };
}

/** How many rows each runner gets: at least one, and the more the more it has to do. */
function shareOut(sizes: readonly number[], most: number): readonly number[] {
  const shares = sizes.map(() => 1);
  for (let left = most - shares.length; left > 0; left -= 1) {
    let neediest = -1;
    for (const [index, size] of sizes.entries()) {
      const need = size / (shares[index] ?? 1);
      const best = (sizes[neediest] ?? 0) / (shares[neediest] ?? 1);
      if (need > 1 && need > best) neediest = index;
    }
    if (neediest < 0) break;
    shares[neediest] = (shares[neediest] ?? 1) + 1;
  }
  return shares;
}

function row(work: RowWork, place: { readonly id: string; readonly level: number; readonly at: number }): Row {
  const minutes = work.images.reduce((sum, image) => sum + image.jobMinutes, 0);
  return {
    id: place.id,
    level: place.level,
    slot: place.at + 1,
    images: work.images.map((image) => image.key),
    runner: [...work.runner],
    platforms: work.platforms === null ? null : [...work.platforms],
    minutes: Math.min(longestJobMinutes, minutes),
  };
}

const longestId = 48;

/** An image alone is a row of its own name, a part of it has its platforms behind an @, which no key can hold. */
function idOf({ images, platforms }: RowWork, level: number, slot: number): string {
  const [only, ...more] = images.map((image) => image.key);
  // Two hyphens before two numbers are the form of a packed row, and a key can look like that too.
  if (only === undefined || more.length > 0 || /^(batch|group)--\d+-\d+$/.test(only)) return `group--${level}-${slot}`;
  if (platforms === null) return only;
  const names = platforms.map((platform) => platform.replaceAll('/', '-'));
  const ids = [`${only}@${names.join('_')}`, `${only}@${names[0]}`, `part@${level}-${slot}`];
  return ids.find((id) => id.length <= longestId) ?? `group--${level}-${slot}`;
}
