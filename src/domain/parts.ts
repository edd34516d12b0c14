import { cacheOfPart } from './cache-plan.ts';
import { imageOf, type Plan, type PlannedImage, type Row } from './plan.ts';
import type { Platform } from './platform.ts';

/** The platforms that a row builds of an image. */
export function platformsIn(row: Row, image: PlannedImage): readonly Platform[] {
  const { platforms } = row;
  return platforms === null ? image.platforms : image.platforms.filter((platform) => platforms.includes(platform));
}

/** An image as a row sees it: on the platforms alone that are built there, with a cache that no other part writes. */
export function partIn(row: Row, image: PlannedImage): PlannedImage {
  const platforms = platformsIn(row, image);
  if (platforms.length === image.platforms.length) return image;
  const { from, to, fresh } = cacheOfPart(image.cache, platforms);
  return { ...image, platforms: [...platforms], cache: { from: [...from], to: [...to], fresh } };
}

/** The rows that build an image: several, where native runners split its platforms. */
export function rowsWith(plan: Plan, key: string): readonly Row[] {
  return plan.rows.filter((row) => row.images.includes(key));
}

/** Whether several rows build an image. */
export function isInParts(plan: Plan, key: string): boolean {
  return rowsWith(plan, key).length > 1;
}

/** A base that another row builds, with the one of its rows whose part a dependent is built on. */
export interface BaseRow {
  readonly key: string;
  readonly row: Row;
}

/** Where the bases of a row come from that it does not build itself: of one in parts the part with the same platforms. */
export function baseRowsOf(plan: Plan, row: Row): readonly BaseRow[] {
  const images = row.images.map((key) => imageOf(plan, key));
  const mine = new Set(images.flatMap((image) => platformsIn(row, image)));
  const elsewhere = new Set(images.flatMap((image) => image.needs).filter((key) => !row.images.includes(key)));
  return [...elsewhere].flatMap((key) => {
    const rows = rowsWith(plan, key);
    const same = rows.find((one) => platformsIn(one, imageOf(plan, key)).some((platform) => mine.has(platform)));
    // A base may lack the platform: tools that run where they are built and not where the image does.
    const from = same ?? rows[0];
    return from === undefined ? [] : [{ key, row: from }];
  });
}
