import semver from 'semver';
import { comparePep440, isPep440Prerelease, type Pep440, readPep440 } from './pep440.ts';

/** How a version is read; `auto` takes a semantic version where it is one, else a Python one. */
export type VersionScheme = 'auto' | 'semver' | 'pep440';

/** What a text means by its scheme. */
export type VersionReading =
  | { readonly kind: 'semver'; readonly semver: semver.SemVer }
  | { readonly kind: 'pep440'; readonly pep440: Pep440 };

/** Reads a text as a version; `undefined` if it is none by that scheme. */
export function readVersion(text: string, scheme: VersionScheme): VersionReading | undefined {
  if (scheme !== 'pep440') {
    const parsed = /^v?\d[0-9A-Za-z.+-]*$/.test(text) ? semver.parse(text) : null;
    if (parsed !== null) return { kind: 'semver', semver: parsed };
    if (scheme === 'semver') return undefined;
  }
  const pep440 = readPep440(text);
  return pep440 === undefined ? undefined : { kind: 'pep440', pep440 };
}

/** Negative when `one` is older than `other`; undefined when nobody can tell. */
export function compareReadings(one: VersionReading, other: VersionReading): number | undefined {
  if (one.kind === 'semver') {
    return other.kind === 'semver' ? semver.compare(one.semver, other.semver) : compareMixed(one.semver, other.pep440);
  }
  if (other.kind === 'pep440') return comparePep440(one.pep440, other.pep440);
  const order = compareMixed(other.semver, one.pep440);
  return order === undefined || order === 0 ? order : -order;
}

/** Tells whether what was read is not meant for everyone yet. */
export function isPrereleaseReading(reading: VersionReading): boolean {
  return reading.kind === 'semver' ? reading.semver.prerelease.length > 0 : isPep440Prerelease(reading.pep440);
}

/** Two spellings meet in a project that changed from one to the other. What only one of them can say is not compared. */
function compareMixed(one: semver.SemVer, other: Pep440): number | undefined {
  const release = [one.major, one.minor, one.patch].map(BigInt);
  if (one.prerelease.length === 0) return comparePep440({ release }, other);
  const same = readPep440(one.version);
  // `1.0.0-1` is a prerelease for one scheme and a post release for the other; the first was asked first.
  if (same !== undefined && isBeforeRelease(same)) return comparePep440(same, other);
  const order = comparePep440({ release }, { release: other.release });
  if (order !== 0) return order;
  return isBeforeRelease(other) ? undefined : -1;
}

function isBeforeRelease(version: Pep440): boolean {
  return comparePep440(version, { release: version.release }) < 0;
}
