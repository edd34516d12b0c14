import { describe, expect, it } from '@jest/globals';
import { givenTagPlan, givenTagsOf, parseGivenTags, refuseStrayTags } from '../../../src/domain/given-tags.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { rightsOf } from '../../../src/domain/rights.ts';
import { madeEvent, tagsNamed } from '../../support/made-plan.ts';

const app = parseRepository('ghcr.io/acme/app', 'test');
const hub = parseRepository('acme/app', 'test');
const read = (text: string) => parseGivenTags(text, 'the input tags');
const tagsFor = (text: string, repository = app) => givenTagsOf(read(text), repository);
const json = (...tags: readonly unknown[]) => JSON.stringify({ tags, labels: { a: 'b' }, annotations: [] }, null, 2);

describe('given tags', () => {
  it.each([
    ['lines', 'ghcr.io/acme/app:1.2.3\nghcr.io/acme/app:latest\n'],
    ['commas', 'ghcr.io/acme/app:1.2.3,ghcr.io/acme/app:latest'],
    ['both, and blanks', '\uFEFF ghcr.io/acme/app:1.2.3 ,\r\n\r\n ghcr.io/acme/app:latest\r\n,'],
    ['JSON', json('ghcr.io/acme/app:1.2.3', 'ghcr.io/acme/app:latest')],
    ['JSON on one line', '{"tags":["ghcr.io/acme/app:1.2.3","ghcr.io/acme/app:latest"],"tag-names":["1.2.3"]}'],
    ['names of tags alone', '1.2.3\nlatest'],
    ['a tag twice', 'ghcr.io/acme/app:1.2.3\nghcr.io/acme/app:latest\n1.2.3\nghcr.io/acme/app:1.2.3'],
  ])('are read from %s', (_, text) => {
    expect(tagsFor(text)).toEqual(['1.2.3', 'latest']);
  });

  it('are those of their repository, in any spelling of it', () => {
    const text = 'ghcr.io/acme/app:one\nacme/app:two\ndocker.io/acme/app:three\nfour';
    expect(tagsFor(text)).toEqual(['one', 'four']);
    expect(tagsFor(text, hub)).toEqual(['two', 'three', 'four']);
    expect(tagsFor(text, parseRepository('ghcr.io/acme/other', 'test'))).toEqual(['four']);
  });

  it('may be none', () => {
    expect([tagsFor(''), tagsFor('\n'), tagsFor('{"tags":[]}')]).toEqual([[], [], []]);
  });

  it.each([
    ['a tag that is none', 'ghcr.io/acme/app:1.2.3\nghcr.io/acme/app:a b', 'tag-invalid', 'the input tags, line 2'],
    ['a name that is no tag', 'main\n\ntype=raw', 'tag-invalid', 'the input tags, line 3'],
    ['a repository that is none', 'ghcr.io/Acme/app:1', 'reference-invalid', 'the input tags, line 1'],
    ['a repository without a tag', 'a/b:1,\nghcr.io/acme/app', 'given-tags-invalid', 'the input tags, line 2'],
    ['a digest', `a/b@sha256:${'0'.repeat(64)}`, 'given-tags-invalid', 'the input tags, line 1'],
    ['a tag with a digest', `a/b:1@sha256:${'0'.repeat(64)}`, 'given-tags-invalid', 'the input tags, line 1'],
    ['a bad tag in JSON', json('a/b:1', 'a/b:-'), 'tag-invalid', 'the input tags, tag 2 on line 4'],
    ['JSON without tags', '{"labels":{}}', 'given-tags-invalid', 'the input tags'],
    ['tags that are no texts', json('a/b:1', 7), 'given-tags-invalid', 'the input tags'],
    ['over 128 KiB', 'a'.repeat(128 * 1024 + 1), 'given-tags-invalid', 'the input tags'],
  ])('are refused for %s', (_, text, code, where) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code, where }));
  });

  it('are refused at the line where JSON breaks', () => {
    expect(() => read('{\n  "tags": [\n    "a/b:1"\n    x\n')).toThrow(/no.* from line 4 on|none, from line 4 on/);
  });

  it('are refused for a repository that nobody publishes', () => {
    const given = read('ghcr.io/acme/app:1\nacme/app:1\n2');
    expect(() => refuseStrayTags(given, [app], 'the input tags')).toThrow(/docker\.io\/acme\/app$/);
    expect(() => refuseStrayTags(given, [app, hub], 'the input tags')).not.toThrow();
  });
});

describe('the plan of given tags', () => {
  const rights = rightsOf(madeEvent(), undefined);

  it.each([
    [['v1.2.3', 'v1.2', 'v1', 'latest'], ['v1.2.3'], ['v1.2', 'v1', 'latest']],
    [['latest', '1.2.3', '1.2', 'v1', 'main'], ['1.2.3'], ['1.2', 'v1', 'main', 'latest']],
    [['main', 'sha-1a2b3c4', 'nightly'], [], ['main', 'sha-1a2b3c4', 'nightly']],
    [['1.2.3-rc.1', 'edge'], ['1.2.3-rc.1'], ['edge']],
    [['1.2'], ['1.2'], []],
    [['2.0.0', '1.2'], ['2.0.0', '1.2'], []],
    [[], [], []],
  ])('%p makes %p once and moves %p', (tags, immutable, floating) => {
    expect(givenTagPlan(tagsNamed(...tags), rights)).toEqual({ immutable, floating });
  });

  it('is empty where the run may give none', () => {
    const none = rightsOf(madeEvent({ name: 'pull_request' }), undefined);
    expect(givenTagPlan(tagsNamed('pr-1', '1.0.0'), none)).toEqual({ immutable: [], floating: [] });
  });
});
