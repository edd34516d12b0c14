import { describe, expect, it } from '@jest/globals';
import { readHost } from '../../../src/adapters/runner/host.ts';
import { eventNames } from '../../../src/domain/event-name.ts';
import type { Host } from '../../../src/ports/host.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const env = {
  GITHUB_EVENT_NAME: 'push',
  GITHUB_EVENT_PATH: '/event.json',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_NUMBER: '7',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_WORKSPACE: '/w',
  RUNNER_TEMP: '/t',
};
const repository = { full_name: 'org/hello', default_branch: 'trunk' };

function read(changes: Readonly<Record<string, string | undefined>>, payload: unknown = { repository }): Promise<Host> {
  const given = Object.entries({ ...env, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return readHost(Object.fromEntries(given), createMemoryFiles({ '/event.json': text }));
}

function pullRequest(head: unknown, more: object = {}): object {
  return { repository, pull_request: { base: { ref: 'release' }, head: { repo: head } }, ...more };
}

describe('what the runner says about a run', () => {
  it('is read from its variables and the event', async () => {
    expect(await read({})).toEqual({
      event: {
        name: 'push',
        ref: 'refs/heads/main',
        defaultBranch: 'trunk',
        untrusted: false,
        rebuildBase: false,
        before: null,
        base: null,
        head: null,
        prerelease: false,
        target: null,
      },
      run: { id: '42', number: 7, attempt: 2 },
      workspace: '/w',
      temp: '/t',
    });
  });

  it.each(eventNames.filter((name) => name !== 'pull_request'))('trusts the event %s', async (name) => {
    expect((await read({ GITHUB_EVENT_NAME: name })).event).toMatchObject({ name, untrusted: false });
  });

  it.each([
    ['pull_request_target', /rights of the repository on the word of a stranger/],
    ['workflow_run', /rights of the repository on the word of a stranger/],
    ['issue_comment', /rights of the repository on the word of a stranger/],
    ['fork', /not one that Slipway knows/],
    ['PUSH', /not one that Slipway knows/],
  ])('refuses the event %s', async (name, why) => {
    await expect(read({ GITHUB_EVENT_NAME: name })).rejects.toMatchObject({
      code: 'event-refused',
      what: expect.stringMatching(why),
    });
  });

  it.each(['GITHUB_EVENT_NAME', 'GITHUB_REF', 'GITHUB_RUN_ID', 'GITHUB_WORKSPACE'])(
    'cannot do without %s',
    async (name) => {
      for (const value of [undefined, '']) {
        await expect(read({ [name]: value })).rejects.toMatchObject({ code: 'runner-missing', exitCode: 2 });
      }
    },
  );

  it('does without what a small runner leaves out', async () => {
    const small = {
      GITHUB_EVENT_PATH: undefined,
      GITHUB_RUN_NUMBER: undefined,
      GITHUB_RUN_ATTEMPT: undefined,
      RUNNER_TEMP: undefined,
    };
    expect(await read(small)).toMatchObject({
      event: { defaultBranch: 'main' },
      run: { number: 1, attempt: 1 },
      temp: '/w',
    });
  });

  it.each(['', ' \n'])('takes an empty event for one that says nothing', async (payload) => {
    expect((await read({}, payload)).event).toMatchObject({ name: 'push', defaultBranch: 'main', untrusted: false });
  });

  it.each(['{', 'undefined', '{"a":'])('refuses an event that is not JSON: %s', async (payload) => {
    await expect(read({}, payload)).rejects.toMatchObject({ code: 'event-unreadable', where: '/event.json' });
  });

  it.each([[[]], [null], [7], [{ repository: [] }], [{ repository: { default_branch: 7 } }], [{ sender: 'x' }]])(
    'takes no field of a form that it does not know: %j',
    async (payload) => {
      expect((await read({}, JSON.stringify(payload))).event).toMatchObject({
        defaultBranch: 'main',
        untrusted: false,
      });
    },
  );
});

describe('a pull request', () => {
  const pull = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/5/merge' };

  it('is about the branch that it wants to get into', async () => {
    const own = pullRequest({ full_name: 'org/hello' });
    expect((await read(pull, own)).event).toMatchObject({ ref: 'refs/heads/release', untrusted: false });
    expect((await read({ ...pull, GITHUB_BASE_REF: 'old' }, { repository })).event.ref).toBe('refs/heads/old');
  });

  it.each([
    ['a fork', pullRequest({ full_name: 'eve/hello' })],
    ['a repository that is gone', pullRequest(null)],
    ['nowhere', { repository, pull_request: { base: { ref: 'main' } } }],
    ['an event that says nothing', {}],
    ['Dependabot', pullRequest({ full_name: 'org/hello' }, { sender: { login: 'dependabot[bot]' } })],
  ])('of %s is not trusted', async (_, payload) => {
    expect((await read(pull, payload)).event.untrusted).toBe(true);
  });
});

describe('other events', () => {
  it('do not trust Dependabot either', async () => {
    expect((await read({}, { repository, sender: { login: 'dependabot[bot]' } })).event.untrusted).toBe(true);
  });

  it('take the branch that a merge group wants to get into', async () => {
    const group = { repository, merge_group: { base_ref: 'refs/heads/main' } };
    const given = { GITHUB_EVENT_NAME: 'merge_group', GITHUB_REF: 'refs/heads/gh-readonly-queue/main/pr-5' };
    expect((await read(given, group)).event.ref).toBe('refs/heads/main');
    expect((await read(given)).event.ref).toBe(given.GITHUB_REF);
  });

  it('do not take a base from a push, whatever it says', async () => {
    expect((await read({ GITHUB_BASE_REF: 'other' }, pullRequest(null))).event).toMatchObject({
      ref: 'refs/heads/main',
      untrusted: false,
    });
  });
});

describe('the commits of an event', () => {
  const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40));
  const zeros = '0'.repeat(40);
  const pull = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/5/merge' };
  const group = { GITHUB_EVENT_NAME: 'merge_group' };
  const opened = { repository, before: three, pull_request: { base: { ref: 'main', sha: one }, head: { sha: two } } };
  const queued = { repository, merge_group: { base_ref: 'refs/heads/main', base_sha: one, head_sha: two } };
  const none = { before: null, base: null, head: null };

  it.each<[string, Readonly<Record<string, string>>, object, object]>([
    ['a push has the commit before it', {}, { repository, before: one, after: two }, { ...none, before: one }],
    ['a push with long ids has them', {}, { before: 'a'.repeat(64) }, { ...none, before: 'a'.repeat(64) }],
    ['the first push of a branch has none', {}, { repository, before: zeros }, none],
    ['a push says nothing of a base', {}, opened, { ...none, before: three }],
    ['a pull request has its base and its head', pull, opened, { ...none, base: one, head: two }],
    ['a merge group has its base', group, queued, { ...none, base: one }],
    ['a schedule has none', { GITHUB_EVENT_NAME: 'schedule' }, { ...opened, ...queued }, none],
    ['what is no commit is none', {}, { before: '--upload-pack=x' }, none],
    ['a short commit is none', {}, { before: 'abc1234' }, none],
    ['a base that is no text is none', pull, { pull_request: { base: { sha: 7 }, head: null } }, none],
  ])('are read: %s', async (_, changes, payload, expected) => {
    expect((await read(changes, payload)).event).toMatchObject(expected);
  });
});
