import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventFacts } from '../../../src/domain/event.ts';
import { isTag } from '../../../src/domain/image-ref.ts';
import { rightsOf } from '../../../src/domain/rights.ts';
import { branchTag, tagsOf } from '../../../src/domain/tags.ts';
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
  const tags = (event: Partial<EventFacts>, text: string | undefined, number: number | null = 7) => {
    const facts = madeEvent(event);
    const version = text === undefined ? undefined : parseVersion(text, 'test');
    return tagsOf(facts, rightsOf(facts, version), version, { number, date });
  };

  it.each<[string, Partial<EventFacts>, string | undefined, string[], string[]]>([
    ['a push of a version', { ref: 'refs/tags/v1.2.3' }, 'v1.2.3', ['v1.2.3'], ['v1.2', 'v1', 'latest']],
    ['a push of a version below 1', { ref: 'refs/tags/0.2.3' }, '0.2.3', ['0.2.3'], ['0.2', 'latest']],
    ['a push of a prerelease', { ref: 'refs/tags/v1.2.3-rc.1' }, 'v1.2.3-rc.1', ['v1.2.3-rc.1'], []],
    ['a push to a branch', { ref: 'refs/heads/main' }, 'v1.2.3', [], ['main']],
    ['a push of a tag that is no version', { ref: 'refs/tags/nightly' }, 'v1.2.3', [], ['nightly']],
    ['a schedule', { name: 'schedule' }, 'v1.2.3', ['v1.2.3-r20260102.7'], []],
    ['a schedule without a version', { name: 'schedule' }, undefined, [], []],
    ['a run by hand', { name: 'workflow_dispatch' }, '1.2.3', ['1.2.3-r20260102.7'], []],
    ['a pull request', { name: 'pull_request' }, 'v1.2.3', [], []],
  ])('%s', (_, event, version, immutable, floating) => {
    expect(tags(event, version)).toEqual({ immutable, floating });
  });

  it('a rebuild at a desk have the day and no run', () => {
    expect(tags({ name: 'schedule' }, 'v1.2.3', null).immutable).toEqual(['v1.2.3-r20260102']);
  });
});
