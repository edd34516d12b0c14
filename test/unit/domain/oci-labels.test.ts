import { describe, expect, it } from '@jest/globals';
import { type ImageOrigin, imageLabels, sourceOfRemote } from '../../../src/domain/oci-labels.ts';

const origin: ImageOrigin = {
  version: 'v1.2.0',
  commit: 'c0ffee',
  commitTime: 1_700_000_000,
  dirty: false,
  source: 'https://git.test/org/app',
};

describe('the labels of an image', () => {
  it('are those that OCI names, with the date of the commit', () => {
    expect(imageLabels('app', origin, {})).toEqual({
      'org.opencontainers.image.title': 'app',
      'org.opencontainers.image.version': 'v1.2.0',
      'org.opencontainers.image.revision': 'c0ffee',
      'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
      'org.opencontainers.image.source': 'https://git.test/org/app',
    });
  });

  it.each<[string, Partial<ImageOrigin>]>([
    ['there is none', { commit: null, commitTime: null }],
    ['there are changes that it does not hold', { dirty: true }],
  ])('name no commit where %s', (_, change) => {
    const labels = imageLabels('app', { ...origin, ...change }, {});
    expect(Object.keys(labels).map((name) => name.split('.').at(-1))).toEqual(['title', 'version', 'source']);
  });

  it('say nothing of what is not known', () => {
    const labels = imageLabels('app', { ...origin, version: null, source: undefined }, {});
    expect(Object.keys(labels).map((name) => name.split('.').at(-1))).toEqual(['title', 'revision', 'created']);
  });

  it('are what the configuration says where it names one', () => {
    const labels = imageLabels('app', origin, { 'org.opencontainers.image.title': 'My app', 'a.b': 'c' });
    expect(labels).toMatchObject({ 'org.opencontainers.image.title': 'My app', 'a.b': 'c' });
  });

  it('of ours go away where the configuration leaves them empty, and its own stay', () => {
    const labels = imageLabels('app', origin, { 'org.opencontainers.image.source': '', 'a.b': '' });
    expect(labels).not.toHaveProperty(['org.opencontainers.image.source']);
    expect(labels).toHaveProperty(['a.b'], '');
  });
});

describe('the address of a repository', () => {
  it.each([
    ['https://git.test/org/app.git', 'https://git.test/org/app'],
    ['http://git.test:8080/org/app/', 'http://git.test:8080/org/app'],
    ['https://user:made-up@git.test/org/app', 'https://git.test/org/app'],
    ['git@git.test:org/app.git', 'https://git.test/org/app'],
    ['ssh://git@git.test:2222/org/app.git', 'https://git.test/org/app'],
    ['../elsewhere', undefined],
    ['/srv/git/app.git', undefined],
    ['file:///srv/git/app.git', undefined],
    ['https://git.test/org/app?token=made-up', undefined],
    [null, undefined],
  ])('of the remote %p is %p', (remote, source) => {
    expect(sourceOfRemote(remote)).toBe(source);
  });
});
