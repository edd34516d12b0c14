import { ScriptError } from '../script.ts';

const heading = '## [Unreleased]';

/** What stands under Unreleased, without the heading. */
export function unreleased(text: string): string {
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new ScriptError(`CHANGELOG.md has no heading ${heading}`);
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(/^## /m);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}

/** The changelog in which that is the section of a version, below a new and empty Unreleased. */
export function withSection(text: string, version: string, date: string): string {
  if (!/^- /m.test(unreleased(text))) {
    throw new ScriptError('CHANGELOG.md says nothing under Unreleased; what would users learn from this release?');
  }
  if (hasSection(text, version)) throw new ScriptError(`CHANGELOG.md has a section ${version} already`);
  return text.replace(`\n${heading}\n`, () => `\n${heading}\n\n## [${version}] - ${date}\n`);
}

/** Whether the changelog has a section of this version. */
export function hasSection(text: string, version: string): boolean {
  return text.includes(`\n## [${version}] - `);
}
