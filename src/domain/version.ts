import type { Place } from './errors.ts';
import { readPep440 } from './pep440.ts';
import { filledLines, maxVersionLength, maxVersionText, versionError } from './version-fault.ts';
import { compareReadings, isPrereleaseReading, readVersion, type VersionScheme } from './version-reading.ts';

declare const versionBrand: unique symbol;

/** A version as its author wrote it, with or without a leading `v`. */
export type Version = string & { readonly [versionBrand]: true };

/** Reads the text of a VERSION file; a byte order mark, blank ends and CRLF are read as if they were not there. */
export function parseVersion(text: string, where: string | Place, scheme: VersionScheme = 'auto'): Version {
  const [line, ...more] = text.length > maxVersionText ? [] : filledLines(text);
  if (line !== undefined && more.length === 0 && isVersion(line.trimmed, scheme)) return line.trimmed;
  throw versionError(text, where, scheme);
}

/** Tells whether a text is a version, and nothing else, that can be a tag. */
export function isVersion(text: string, scheme: VersionScheme = 'auto'): text is Version {
  // Build metadata cannot stand in a tag: `+` is no character of its grammar.
  return text.length <= maxVersionLength && !text.includes('+') && readVersion(text, scheme) !== undefined;
}

/** Tells whether a name looks like a version, as a git tag or a branch might; also one that is refused for what it holds. */
export function looksLikeVersion(name: string): boolean {
  if (/^v?\d+(\.[0-9A-Za-z.+-]*)?$/i.test(name)) return true;
  const [ours = ''] = name.split('+', 1);
  return readPep440(ours.replace(/^(v?)\d+!/i, '$1')) !== undefined;
}

/** Compares versions as versions: `v1.0.0` and `1.0.0` are equal, and `1.0` with them. */
export function isSameVersion(a: string, b: string, scheme: VersionScheme = 'auto'): boolean {
  return compareVersions(a, b, scheme) === 0;
}

/** Negative when `a` is older than `b`; undefined when one of them is no version, or nobody can tell. */
export function compareVersions(a: string, b: string, scheme: VersionScheme = 'auto'): number | undefined {
  const [one, other] = [readVersion(a, scheme), readVersion(b, scheme)];
  return one === undefined || other === undefined ? undefined : compareReadings(one, other);
}

/** Tells whether a version is not meant for everyone yet. */
export function isPrerelease(version: Version, scheme: VersionScheme = 'auto'): boolean {
  const reading = readVersion(version, scheme);
  return reading !== undefined && isPrereleaseReading(reading);
}

/** The floating tags that follow a version: `1.4` and, from 1 on, `1`; each with the author's `v`, and shorter than the version. */
export function versionLines(version: Version, scheme: VersionScheme = 'auto'): readonly string[] {
  if (isPrerelease(version, scheme)) return [];
  // In the digits of the author, so that 2024.01.05 is followed by 2024.01.
  const [, prefix = '', numbers = ''] = /^(v?)([0-9]+(?:\.[0-9]+)*)/i.exec(version) ?? [];
  const [major = '', minor = '', ...more] = numbers.split('.');
  return [
    ...(more.length > 0 ? [`${prefix}${major}.${minor}`] : []),
    ...(minor !== '' && /[1-9]/.test(major) ? [`${prefix}${major}`] : []),
  ];
}
