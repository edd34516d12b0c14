import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { decideTag, type TagNow, type TagRequest } from '../../../src/domain/tag-move.ts';

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
    ['is refused', 'floating', { digest: other, version: 'main' }, '1.0.0', 'refuse', /cannot be compared/],
  ])('%s: %s, now %p, for version %s, is %s', (_, kind, now, version, expected, why) => {
    const decision = decideTag(request(kind), now, version);
    expect(decision.kind).toBe(expected);
    expect(decision.why).toMatch(why);
  });
});
