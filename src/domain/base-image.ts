import type { Digest } from './digest.ts';
import { type ErrorParts, type Place, placeText } from './errors.ts';
import { comparePlatforms, type Platform, servingPlatforms } from './platform.ts';

/** What an image from outside of the set is today. */
export interface BaseImage {
  /** What its reference names: the index where there is one. */
  readonly digest: Digest;
  /** The images in it; what only speaks about one is not here. */
  readonly platforms: ReadonlyMap<Platform, Digest>;
}

/** A base that somebody's Dockerfile names, and where it is needed. */
export interface WantedBase {
  readonly reference: string;
  readonly platforms: readonly Platform[];
  /** The line that names it. */
  readonly where: Place;
}

/** What of a base these platforms are built on; a builder takes an older variant where there is no other. */
export function digestsOn(base: BaseImage, platforms: readonly Platform[]): Readonly<Record<string, Digest>> {
  return Object.fromEntries(
    platforms.flatMap((platform) => {
      const digest = digestOn(base, platform);
      return digest === undefined ? [] : [[platform, digest] as const];
    }),
  );
}

/** The parts of an error about a base that lacks a platform which it is needed on; `undefined` where it has all. */
export function missingPlatform(base: BaseImage, wanted: WantedBase): ErrorParts | undefined {
  // A single image does not always say what it is for.
  if (base.platforms.size === 0) return undefined;
  const missing = wanted.platforms.filter((platform) => digestOn(base, platform) === undefined);
  if (missing.length === 0) return undefined;
  const there = [...base.platforms.keys()].sort(comparePlatforms);
  return {
    code: 'base-platform-missing',
    what: `${wanted.reference} is not there for ${missing.join(', ')}; it has ${there.join(', ')}`,
    where: wanted.where,
    state: 'nothing was built and nothing was released',
    next: 'take another base, or leave that platform out',
  };
}

/** The parts of an error about a base of which the registry says that it does not exist. */
export function absentBase(wanted: WantedBase): ErrorParts {
  return {
    code: 'base-absent',
    what: `there is no image ${wanted.reference}`,
    where: wanted.where,
    state: 'nothing was built and nothing was released',
    next: `check its name and its tag in ${placeText(wanted.where)}`,
  };
}

function digestOn(base: BaseImage, platform: Platform): Digest | undefined {
  const found = servingPlatforms(platform).find((candidate) => base.platforms.has(candidate));
  return found === undefined ? undefined : base.platforms.get(found);
}
