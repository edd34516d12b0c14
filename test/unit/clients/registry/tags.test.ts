import { describe, expect, it } from '@jest/globals';
import { FakeHttp } from '../../../support/fake-http.ts';
import { base, clientWith, failure, repository } from './fixture.ts';

const first = `${base}/tags/list?n=1000`;

describe('listTags', () => {
  it('goes from page to page', async () => {
    const http = new FakeHttp()
      .on('GET', first, {
        body: '{"tags":["a","b"]}',
        headers: { link: '</v2/acme/app/tags/list?last=b&n=2>; rel="next"' },
      })
      .on('GET', `${base}/tags/list?last=b&n=2`, { body: '{"tags":["c"]}' });
    expect(await clientWith(http).client.listTags(repository)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['a repository that is not there', { status: 404 }],
    ['null', { body: '{"tags":null}' }],
  ])('is empty for %s', async (_, answer) => {
    expect(await clientWith(new FakeHttp().on('GET', first, answer)).client.listTags(repository)).toEqual([]);
  });

  it('leaves out what can be no tag', async () => {
    const http = new FakeHttp().on('GET', first, { body: '{"tags":["ok","not ok","../x"]}' });
    expect(await clientWith(http).client.listTags(repository)).toEqual(['ok']);
  });

  it.each(['https://evil.example/v2/acme/app/tags/list', '//evil.example/x'])(
    'does not go on to %s',
    async (target) => {
      const http = new FakeHttp().on('GET', first, {
        body: '{"tags":["a"]}',
        headers: { link: `<${target}>; rel="next"` },
      });
      expect((await failure(clientWith(http).client.listTags(repository))).code).toBe('registry-answer-invalid');
      expect(http.requests).toHaveLength(1);
    },
  );

  it('does not go round in circles', async () => {
    const page = { body: '{"tags":["a"]}', headers: { link: '</v2/acme/app/tags/list?n=1000>; rel="next"' } };
    const error = await failure(clientWith(new FakeHttp().on('GET', first, () => page)).client.listTags(repository));
    expect(error.what).toContain('circles');
  });

  it('asks on after a full page, for registries that do not say that there are more', async () => {
    const all = Array.from({ length: 1005 }, (_, index) => `v${String(index).padStart(5, '0')}`);
    const http = new FakeHttp()
      .on('GET', first, { body: JSON.stringify({ tags: all.slice(0, 1000) }) })
      .on('GET', `${first}&last=v00999`, { body: JSON.stringify({ tags: all.slice(1000) }) });
    expect(await clientWith(http).client.listTags(repository)).toEqual(all);
  });

  it('ends where a registry gives the same page whatever it is asked', async () => {
    const all = Array.from({ length: 1000 }, (_, index) => `v${index}`);
    const http = new FakeHttp().on('GET', /tags\/list/, () => ({ body: JSON.stringify({ tags: all }) }));
    expect(await clientWith(http).client.listTags(repository)).toEqual(all);
    expect(http.requests).toHaveLength(2);
  });

  it('gives 10,000 tags, and no part of more', async () => {
    const listOf = (count: number) =>
      JSON.stringify({ tags: Array.from({ length: count }, (_, index) => `v${index}`) });
    const full = new FakeHttp().on('GET', first, { body: listOf(10_000) });
    expect(await clientWith(full).client.listTags(repository)).toHaveLength(10_000);
    const more = new FakeHttp().on('GET', first, { body: listOf(10_001) });
    expect((await failure(clientWith(more).client.listTags(repository))).what).toContain('10000');
  });
});
