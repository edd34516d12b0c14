import semver from 'semver';
import { ConfigError } from './errors.ts';

declare const versionBrand: unique symbol;

/** A version as its author wrote it, with or without a leading `v`. */
export type Version = string & { readonly [versionBrand]: true };

function isVersion(text: string): text is Version {
  // Build metadata cannot stand in a tag: `+` is no character of its grammar.
  return semver.valid(text) !== null && /^v?\d/.test(text) && !text.includes('+');
}

/** Reads the text of a VERSION file; a byte order mark, blank ends and CRLF are read as if they were not there. */
export function parseVersion(text: string, where: string): Version {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (isVersion(trimmed)) return trimmed;
  throw new ConfigError({
    code: 'version-invalid',
    what: `${JSON.stringify(trimmed.slice(0, 80))} is not a version that can be a tag`,
    where,
    state: 'nothing was built',
    next: 'write a semantic version such as 1.4.0 or v1.4.0-rc.1, without build metadata',
  });
}

/** Tells whether a name looks like a version, as a git tag or a branch might. */
export function looksLikeVersion(name: string): boolean {
  return /^v?\d+(\.[0-9A-Za-z.+-]*)?$/.test(name);
}

/** Compares versions as versions: `v1.0.0` and `1.0.0` are equal. */
export function isSameVersion(a: string, b: string): boolean {
  return semver.valid(a) !== null && semver.valid(b) !== null && semver.eq(a, b);
}

/** Negative when `a` is older than `b`; undefined when one of them is no version. */
export function compareVersions(a: string, b: string): number | undefined {
  return semver.valid(a) === null || semver.valid(b) === null ? undefined : semver.compare(a, b);
}

/** Tells whether a version is not meant for everyone yet. */
export function isPrerelease(version: Version): boolean {
  return semver.prerelease(version) !== null;
}

/** The floating tags that follow a version: `1.4` and, from 1.0 on, `1`, each with the author's `v`. */
export function versionLines(version: Version): readonly string[] {
  const parsed = semver.parse(version);
  if (parsed === null || parsed.prerelease.length > 0) return [];
  const prefix = version.startsWith('v') ? 'v' : '';
  const minor = `${prefix}${parsed.major}.${parsed.minor}`;
  return parsed.major === 0 ? [minor] : [minor, `${prefix}${parsed.major}`];
}
