import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { decideTag, isOwnRelease, type TagNow, type TagRequest } from '../../../src/domain/tag-move.ts';

const target = digestOf('target');
const other = digestOf('other');
const request = (kind: TagRequest['kind']): TagRequest => ({
  key: 'app',
  repository: parseRepository('registry.test/acme/app', 'test'),
  tag: parseTag('latest', 'test'),
  kind,
  target,
});

describe('a tag', () => {
  it.each<[string, TagRequest['kind'], TagNow | undefined, string | null, string, RegExp]>([
    ['is made', 'immutable', undefined, '1.0.0', 'create', /it is new/],
    ['is made', 'floating', undefined, '1.0.0', 'create', /it is new/],
    ['is made', 'floating', undefined, null, 'create', /it is new/],
    ['stays', 'immutable', { digest: target }, '1.0.0', 'unchanged', /already/],
    ['stays', 'floating', { digest: target, version: '9.0.0' }, '1.0.0', 'unchanged', /already/],
    ['is refused', 'immutable', { digest: other }, '1.0.0', 'refuse', /for good/],
    ['is refused', 'immutable', { digest: other, version: '0.9.0' }, '1.0.0', 'refuse', /for good/],
    ['moves', 'floating', { digest: other }, null, 'move', /branch moved on/],
    ['is refused', 'floating', { digest: other }, '1.0.0', 'refuse', /nobody can tell/],
    ['moves', 'floating', { digest: other, version: '0.9.0' }, '1.0.0', 'move', /follows 0\.9\.0/],
    ['moves', 'floating', { digest: other, version: 'v1.9.0' }, '1.10.0', 'move', /follows v1\.9\.0/],
    ['moves', 'floating', { digest: other, version: '1.0.0-rc.1' }, '1.0.0', 'move', /follows/],
    ['is kept', 'floating', { digest: other, version: '1.0.1' }, '1.0.0', 'keep', /newer than 1\.0\.0/],
    ['is refused', 'floating', { digest: other, version: 'v1.0.0' }, '1.0.0', 'refuse', /same version/],
    ['moves', 'floating', { digest: other, version: '1.0' }, '1.0.0.post1', 'move', /follows 1\.0/],
    ['moves', 'floating', { digest: other, version: 'v0.1.0-rc9' }, 'v0.1.0rc10', 'move', /follows/],
    ['is kept', 'floating', { digest: other, version: '1.0.0' }, '1.0rc1', 'keep', /newer than 1\.0rc1/],
    ['is kept', 'floating', { digest: other, version: '1.4', isRelease: true }, '1.4.1', 'keep', /never moves/],
    ['is refused', 'floating', { digest: other, version: '1.0.0-x' }, '1.0rc1', 'refuse', /cannot be compared/],
    ['is refused', 'floating', { digest: other, version: 'main' }, '1.0.0', 'refuse', /cannot be compared/],
  ])('%s: %s, now %p, for version %s, is %s', (_, kind, now, version, expected, why) => {
    const decision = decideTag(request(kind), now, { version });
    expect(decision.kind).toBe(expected);
    expect(decision.why).toMatch(why);
  });
});

describe('a version tag that a rebuild overwrites', () => {
  it('moves, and not because of a branch', () => {
    const overwritten = { ...request('floating'), tag: parseTag('v1.0.0', 'test') };
    expect(decideTag(overwritten, { digest: other }, { version: null })).toEqual({
      kind: 'move',
      why: 'rebuilds overwrite it',
    });
  });
});

describe('a tag is a release of its own', () => {
  it.each<[string, string[], boolean]>([
    ['1.4', ['1.4'], true],
    ['1.4', ['1.4', '1', 'latest'], true],
    ['1.4', ['1.4', '1.4.2', '1'], false],
    ['1', ['1', '1.0', '1.0.0'], false],
    ['1.0.0', ['1', '1.0', '1.0.0'], true],
    ['v1.4', ['v1.4', 'v1.4.0'], false],
    ['latest', ['latest', '1.4.0'], false],
    ['main', ['main'], false],
    ['1.4', ['1.4', '1.4.0-rc.1'], true],
  ])('%s beside %p: %s', (tag, sameDigest, expected) => {
    expect(isOwnRelease(tag, sameDigest)).toBe(expected);
  });
});
