import { describe, expect, it } from '@jest/globals';
import { unreleased, withSection } from '../../../script/commands/release/changelog.ts';
import { refsIn, withPins } from '../../../script/commands/release/pins.ts';
import { readVersion, versionIn, withVersion } from '../../../script/commands/release/version-files.ts';

const pin = { repository: 'org/own', major: 'v1', commit: 'c'.repeat(40), release: 'v1.4.0' };

describe('pins', () => {
  it.each([
    ['      - uses: org/own/actions/push@v1', `      - uses: org/own/actions/push@${pin.commit} # v1.4.0`],
    [
      '    uses: org/own/.github/workflows/images.yml@v1',
      `    uses: org/own/.github/workflows/images.yml@${pin.commit} # v1.4.0`,
    ],
    ['    - uses: org/own@v1', `    - uses: org/own@${pin.commit} # v1.4.0`],
  ])('take the place of %s', (line, expected) => {
    expect(withPins(`a\n${line}\nb\n`, pin)).toBe(`a\n${expected}\nb\n`);
    expect(refsIn(expected, 'org/own')).toEqual([pin.commit]);
  });

  it.each([
    '- uses: org/owner/actions/push@v1',
    '- uses: orgxown/actions/push@v1',
    '- uses: org/own/actions/push@v2',
    '- uses: ./actions/push',
    '# uses: org/own/actions/push@v1',
    'run: echo org/own/actions/push@v1',
  ])('leave alone: %s', (line) => {
    expect(withPins(line, pin)).toBe(line);
  });
});

describe('versions', () => {
  it.each(['1.0', 'v1.0.0', '1.0.0+build', '01.0.0', '', 'latest', '1.0.0\n'])('%j is none', (text) => {
    expect(() => readVersion(text)).toThrow('is no version');
  });

  it('know their major version, and whether they are final', () => {
    expect(readVersion('2.0.0')).toEqual({ text: '2.0.0', major: 'v2', isFinal: true });
    expect(readVersion('2.0.0-rc.1')).toEqual({ text: '2.0.0-rc.1', major: 'v2', isFinal: false });
  });

  it('are not written where none stands', () => {
    expect(() => withVersion('package.json', '{}', '1.0.0')).toThrow('does not say its version');
    expect(() => withVersion('README.md', '', '1.0.0')).toThrow('holds no version');
    expect(() => versionIn('{}')).toThrow('names no version');
  });
});

describe('the changelog', () => {
  it('must have a heading for what is not released, and news below it', () => {
    expect(() => unreleased('# Changelog\n')).toThrow('has no heading');
    expect(() => withSection('# C\n\n## [Unreleased]\n\nwords\n', '1.0.0', 'today')).toThrow('says nothing');
    expect(() => withSection('# C\n\n## [Unreleased]\n\n- x\n\n## [1.0.0] - then\n', '1.0.0', 'today')).toThrow(
      'already',
    );
  });

  it('takes text as it is, also where it looks like a pattern', () => {
    expect(withSection('# C\n\n## [Unreleased]\n\n- $& and $1\n', '1.0.0', 'today')).toBe(
      '# C\n\n## [Unreleased]\n\n## [1.0.0] - today\n\n- $& and $1\n',
    );
  });
});
