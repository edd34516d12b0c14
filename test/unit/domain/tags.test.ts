import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventFacts } from '../../../src/domain/event.ts';
import { isTag } from '../../../src/domain/image-ref.ts';
import { rightsOf } from '../../../src/domain/rights.ts';
import { branchTag, type TagRules, tagsOf } from '../../../src/domain/tags.ts';
import { parseVersion } from '../../../src/domain/version.ts';
import { madeEvent } from '../../support/made-plan.ts';

const date = new Date('2026-01-02T23:59:00Z');
// A branch by git's rules may hold nearly anything; these letters make collisions likely.
const branch = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '1', '-', '_', '.', '#', '@', 'ä', '+'),
  minLength: 1,
});

describe('the tag of a branch', () => {
  it.each([['main'], ['Topic_1.x'], ['x'.repeat(128)]])('is its name %p where that can be one', (name) => {
    expect(branchTag(name)).toBe(name);
  });

  it('has a dash for a slash', () => {
    expect(branchTag('feature/login')).toMatch(/^feature-login/);
  });

  it.each([['fix#1'], ['.hidden'], ['-x'], ['ä'], ['…'], ['a b'], ['x'.repeat(129)], [`${'y/'.repeat(80)}z`]])(
    'gets a hash where the name %p had to change',
    (name) => {
      expect(branchTag(name)).toMatch(/-[0-9a-f]{8}$/);
    },
  );

  it.each([['latest'], ['stable'], ['v1'], ['1.4'], ['v1.2.3'], ['1.2.3-rc.1']])('gets a hash for %p', (name) => {
    expect(branchTag(name)).toMatch(new RegExp(`^${name.replaceAll('.', '\\.')}-[0-9a-f]{8}$`));
  });

  it('is a tag, whatever the name', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 300 }), (name) => isTag(branchTag(name))));
  });

  it('is never that of another branch', () => {
    fc.assert(
      fc.property(branch, branch, (a, b) => {
        fc.pre(a !== b);
        expect(branchTag(a)).not.toBe(branchTag(b));
      }),
      { numRuns: 2000 },
    );
  });

  it('is never that of another branch that begins with the same 128 letters', () => {
    const long = 'x'.repeat(128);
    expect(new Set([long, `${long}a`, `${long}b`, `${long}/`].map(branchTag)).size).toBe(4);
  });
});

describe('the tags of', () => {
  const tags = (
    event: Partial<EventFacts>,
    text: string | undefined,
    { number = 7, ...rules }: Partial<TagRules> = {},
  ) => {
    const facts = madeEvent(event);
    const version = text === undefined ? undefined : parseVersion(text, 'test', rules.scheme);
    return tagsOf(facts, rightsOf(facts, version, rules), version, { number, date, ...rules });
  };
  const overwrite = { rebuilds: 'overwrite' } as const;
  const early = { latest: { prereleases: true } } as const;
  const noLatest = { latest: false } as const;
  const release = (tag: string) => ({ name: 'release', ref: `refs/tags/${tag}` }) as const;
  const pushed = (tag: string) => ({ ref: `refs/tags/${tag}` });

  it.each<[string, Partial<EventFacts>, string | undefined, Partial<TagRules>, string[], string[]]>([
    ['a push of a version', pushed('v1.2.3'), 'v1.2.3', {}, ['v1.2.3'], ['v1.2', 'v1', 'latest']],
    ['a push of a version below 1', pushed('0.2.3'), '0.2.3', {}, ['0.2.3'], ['0.2', 'latest']],
    ['a push of a version in another spelling', pushed('v1.0'), '1.0.0', {}, ['1.0.0'], ['1.0', '1', 'latest']],
    ['a push of a Python version', pushed('1.4'), '1.4', {}, ['1.4'], ['1', 'latest']],
    ['a push of a post release', pushed('1.4.0.post1'), '1.4.0.post1', {}, ['1.4.0.post1'], ['1.4', '1', 'latest']],
    [
      'a push of 1.4.0-1 by pep440',
      pushed('1.4.0-1'),
      '1.4.0-1',
      { scheme: 'pep440' },
      ['1.4.0-1'],
      ['1.4', '1', 'latest'],
    ],
    ['a push of a prerelease', pushed('v1.2.3-rc.1'), 'v1.2.3-rc.1', {}, ['v1.2.3-rc.1'], []],
    ['a push of a Python prerelease', pushed('v0.1.0rc3'), 'v0.1.0rc3', {}, ['v0.1.0rc3'], []],
    ['a push of v0.1.0-rc', pushed('v0.1.0-rc'), 'v0.1.0-rc', {}, ['v0.1.0-rc'], []],
    ['a push of a prerelease that may be latest', pushed('v0.1.0-rc'), 'v0.1.0-rc', early, ['v0.1.0-rc'], ['latest']],
    [
      'a push of a version where prereleases may be latest',
      pushed('1.2.3'),
      '1.2.3',
      early,
      ['1.2.3'],
      ['1.2', '1', 'latest'],
    ],
    ['a push of a version without latest', pushed('1.2.3'), '1.2.3', noLatest, ['1.2.3'], ['1.2', '1']],
    ['a push of a prerelease without latest', pushed('1.2.3-a'), '1.2.3-a', noLatest, ['1.2.3-a'], []],
    ['a push to a branch', {}, 'v1.2.3', {}, [], ['main']],
    ['a push to a branch where rebuilds overwrite', {}, 'v1.2.3', overwrite, [], ['main']],
    ['a push of a tag that is no version', pushed('nightly'), 'v1.2.3', {}, [], ['nightly']],
    ['a push of Dependabot', { untrusted: true }, 'v1.2.3', {}, [], []],
    ['a schedule', { name: 'schedule' }, 'v1.2.3', {}, ['v1.2.3-r20260102.7'], []],
    ['a schedule at a desk', { name: 'schedule' }, 'v1.2.3', { number: null }, ['v1.2.3-r20260102'], []],
    ['a schedule that overwrites', { name: 'schedule' }, 'v1.2.3', overwrite, [], ['v1.2.3']],
    [
      'a schedule of a prerelease where prereleases are latest',
      { name: 'schedule' },
      '1.0rc1',
      early,
      ['1.0rc1-r20260102.7'],
      [],
    ],
    ['a schedule without a version', { name: 'schedule' }, undefined, {}, ['main-r20260102.7'], []],
    ['a schedule without a version that overwrites', { name: 'schedule' }, undefined, overwrite, [], ['main']],
    ['a run by hand without a version', { name: 'workflow_dispatch' }, undefined, {}, [], ['main']],
    [
      'a rebuild by hand without a version',
      { name: 'workflow_dispatch', rebuildBase: true },
      undefined,
      {},
      ['main-r20260102.7'],
      [],
    ],
    [
      'a push to a branch that is called like a rebuild',
      { ref: 'refs/heads/main-r20260102.7' },
      undefined,
      {},
      [],
      [branchTag('main-r20260102.7')],
    ],
    ['a run by hand', { name: 'workflow_dispatch' }, '1.2.3', {}, ['1.2.3-r20260102.7'], []],
    ['a run by hand that overwrites', { name: 'workflow_dispatch' }, '1.2.3', overwrite, [], ['1.2.3']],
    [
      'a rebuild by hand that overwrites',
      { name: 'workflow_dispatch', rebuildBase: true },
      '1.2.3',
      overwrite,
      [],
      ['1.2.3'],
    ],
    ['a run by hand on another branch', { name: 'workflow_dispatch', ref: 'refs/heads/x' }, '1.2.3', {}, [], []],
    ['a pull request', { name: 'pull_request' }, 'v1.2.3', {}, [], []],
    ['a merge group', { name: 'merge_group' }, 'v1.2.3', {}, [], []],
    ['a release', release('v1.2.3'), 'v1.2.3', {}, ['v1.2.3'], ['stable']],
    ['a release in another spelling', release('v1.2.3'), '1.2.3', {}, ['v1.2.3'], ['stable']],
    ['a release without latest', release('v1.2.3'), 'v1.2.3', noLatest, ['v1.2.3'], ['stable']],
    ['a release of a prerelease', release('v1.2.3-rc.1'), 'v1.2.3-rc.1', {}, ['v1.2.3-rc.1'], []],
    ['a release of a prerelease without latest', release('1.0rc1'), '1.0rc1', noLatest, ['1.0rc1'], []],
    ['a release of a prerelease that may be stable', release('1.0rc1'), '1.0rc1', early, ['1.0rc1'], ['stable']],
    ['a release that is called like no version', release('summer'), undefined, {}, ['summer'], ['stable']],
    ['a release without a tag', { name: 'release', ref: 'refs/heads/main' }, '1.2.3', {}, [], []],
  ])('%s', (_, event, version, rules, immutable, floating) => {
    expect(tags(event, version, rules)).toEqual({ immutable, floating });
  });

  it.each([['stable'], ['latest'], ['a/b']])('a release that is called %s leave that name alone', (name) => {
    const { immutable, floating } = tags(release(name), '1.2.3');
    expect(immutable).toEqual([expect.stringMatching(/^(stable|latest|a-b)-[0-9a-f]{8}$/)]);
    expect(floating).toEqual(['stable']);
  });

  it('a rebuild of the longest branch are tags of their own', () => {
    const ofBranch = (name: string) => {
      const [made = ''] = tags(
        { name: 'schedule', ref: `refs/heads/${name}`, defaultBranch: name },
        undefined,
      ).immutable;
      return made;
    };
    const names = ['a'.repeat(128), `${'a'.repeat(127)}b`].map(ofBranch);
    expect(names.map(isTag)).toEqual([true, true]);
    expect(names[0]).not.toBe(names[1]);
    expect(branchTag('main-r20260102.7')).not.toBe('main-r20260102.7');
  });

  it('a rebuild of the longest version are tags', () => {
    const { immutable } = tags({ name: 'schedule' }, `1.0.0-${'a'.repeat(94)}`, { number: 2 ** 40 });
    expect(immutable.map(isTag)).toEqual([true]);
  });
});
