import { parse } from 'semver';
import { ScriptError } from '../script.ts';

/** The files that say which version this is, each with the place in it. */
const places: readonly { readonly file: string; readonly pattern: RegExp; readonly count: number }[] = [
  { file: 'package.json', pattern: /^( {2}"version": ")[^"]+(")/m, count: 1 },
  // The lock names the package itself twice, above all that it depends on.
  { file: 'package-lock.json', pattern: /^( {2}"version": "| {6}"version": ")[^"]+(")/m, count: 2 },
  { file: 'src/entries/version.ts', pattern: /^(export const version = ')[^']+(')/m, count: 1 },
];

export const versionFiles: readonly string[] = places.map(({ file }) => file);

/** The text of such a file with another version; its other bytes stay. */
export function withVersion(file: string, text: string, version: string): string {
  const place = places.find((one) => one.file === file);
  if (place === undefined) throw new ScriptError(`${file} holds no version`);
  let rest = text;
  let done = '';
  for (let round = 0; round < place.count; round++) {
    const found = place.pattern.exec(rest);
    if (found === null) throw new ScriptError(`${file} does not say its version where it should`);
    const end = found.index + found[0].length;
    done += rest.slice(0, end).replace(place.pattern, (_, before: string, after: string) => before + version + after);
    rest = rest.slice(end);
  }
  return done + rest;
}

/** The version that a `package.json` names. */
export function versionIn(packageJson: string): string {
  const found = /^ {2}"version": "([^"]+)"/m.exec(packageJson)?.[1];
  if (found === undefined) throw new ScriptError('package.json names no version');
  return found;
}

/** A version as it is given to the script: without `v`, and without anything that a tag could not hold. */
export function readVersion(text: string): {
  readonly text: string;
  readonly major: string;
  readonly isFinal: boolean;
} {
  const version = parse(text);
  if (version === null || version.version !== text) {
    throw new ScriptError(`${JSON.stringify(text)} is no version such as 1.4.0 or 2.0.0-rc.1`);
  }
  return { text, major: `v${version.major}`, isFinal: version.prerelease.length === 0 };
}
