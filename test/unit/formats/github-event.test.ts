import { describe, expect, it } from '@jest/globals';
import type { EventName } from '../../../src/domain/event-name.ts';
import { eventNameIn, githubEvent, parseGithubPayload } from '../../../src/formats/github-event.ts';

const commit = 'a'.repeat(40);
const repository = { default_branch: 'trunk', full_name: 'acme/widgets' };
const pull = (fullName: string | null) => ({
  repository,
  pull_request: {
    base: { ref: 'release', sha: commit },
    head: { sha: 'b'.repeat(40), repo: fullName === null ? null : { full_name: fullName } },
  },
});

describe('an event of GitHub', () => {
  it.each<[EventName, object, string]>([
    ['push', { ref: 'refs/tags/v1', before: commit }, 'refs/tags/v1'],
    ['workflow_dispatch', { ref: 'topic', inputs: {} }, 'refs/heads/topic'],
    ['schedule', { schedule: '0 0 * * 0', repository }, 'refs/heads/trunk'],
    ['release', { release: { tag_name: 'v1.2.3' } }, 'refs/tags/v1.2.3'],
    ['pull_request', pull('acme/widgets'), 'refs/heads/release'],
    ['merge_group', { merge_group: { base_ref: 'refs/heads/trunk', base_sha: commit } }, 'refs/heads/trunk'],
  ])('%s says by itself what it is and what it is about', (name, payload, ref) => {
    expect(eventNameIn(payload)).toBe(name);
    expect(githubEvent(name, payload).ref).toBe(ref);
  });

  it('is about the ref that the runner names', () => {
    expect(githubEvent('push', { ref: 'refs/heads/a' }, { ref: 'refs/heads/b' }).ref).toBe('refs/heads/b');
    expect(githubEvent('release', { release: { tag_name: 'v1' } }, { ref: 'refs/tags/v2' }).ref).toBe('refs/tags/v2');
    expect(githubEvent('pull_request', {}, { ref: 'refs/pull/1/merge', baseRef: 'main' }).ref).toBe('refs/heads/main');
  });

  it.each<[string, EventName, object, boolean]>([
    ['of the repository itself', 'pull_request', pull('acme/widgets'), false],
    ['of a fork', 'pull_request', pull('mallory/widgets'), true],
    ['of a fork that is gone', 'pull_request', pull(null), true],
    ['of Dependabot', 'push', { sender: { login: 'dependabot[bot]' } }, true],
    ['of a person', 'push', { sender: { login: 'ada' } }, false],
  ])('%s is trusted or not', (_, name, payload, untrusted) => {
    expect(githubEvent(name, payload).untrusted).toBe(untrusted);
  });

  it('tells a prerelease, and nothing but a truth counts', () => {
    const isEarly = (prerelease: unknown) => githubEvent('release', { release: { prerelease } }).prerelease;
    expect([true, false, 'true', undefined].map(isEarly)).toEqual([true, false, false, false]);
  });

  it('names the branch that a release is cut from, where it is one', () => {
    const target = (target_commitish: unknown, name: EventName = 'release') =>
      githubEvent(name, { release: { target_commitish } }).target;
    expect(['support-1.x', 'refs/heads/main', commit, '', 7, undefined].map((text) => target(text))).toEqual([
      'support-1.x',
      'main',
      null,
      null,
      null,
      null,
    ]);
    expect(target('main', 'push')).toBeNull();
  });

  it('names commits, of which zeros are none', () => {
    const { base, head } = githubEvent('pull_request', pull('acme/widgets'));
    expect([base, head]).toEqual([commit, 'b'.repeat(40)]);
    expect(githubEvent('push', { before: commit }).before).toBe(commit);
    expect(githubEvent('push', { before: '0'.repeat(40) }).before).toBeNull();
    expect(githubEvent('push', { before: '--upload-pack=x' }).before).toBeNull();
  });

  it('that is empty says nothing, and one that is no JSON is refused', () => {
    expect(parseGithubPayload(' \n', 'event.json')).toEqual({});
    expect(() => parseGithubPayload('{', 'event.json')).toThrow(
      expect.objectContaining({ code: 'event-unreadable', where: 'event.json' }),
    );
  });
});
