import type { Place } from './errors.ts';
import { type EventFacts, gitTagOf } from './event.ts';
import { isVersion, parseVersion, type Version } from './version.ts';
import type { VersionScheme } from './version-reading.ts';

/** The version of a project, and who says so. */
export interface ChosenVersion {
  readonly version: Version;
  readonly from: 'file' | 'pushed-tag' | 'release';
}

/** The text of the version file of a project, where there is one. */
export interface VersionFile {
  readonly text: string;
  readonly where: string | Place;
}

/** Where there is no version file, the tag that set the run off is the version, if it is one; a project may have none. */
export function chooseVersion(
  event: EventFacts,
  file: VersionFile | undefined,
  scheme: VersionScheme = 'auto',
): ChosenVersion | undefined {
  if (file !== undefined) return { version: parseVersion(file.text, file.where, scheme), from: 'file' };
  const tag = gitTagOf(event.ref);
  if (tag === undefined || !isVersion(tag, scheme)) return undefined;
  if (event.name === 'push') return { version: tag, from: 'pushed-tag' };
  return event.name === 'release' ? { version: tag, from: 'release' } : undefined;
}
