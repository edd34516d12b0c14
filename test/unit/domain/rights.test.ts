import { describe, expect, it } from '@jest/globals';
import type { EventFacts } from '../../../src/domain/event.ts';
import { parseEventName } from '../../../src/domain/event-name.ts';
import { mayPublish, type Rights, rightsOf } from '../../../src/domain/rights.ts';
import { parseVersion } from '../../../src/domain/version.ts';
import { madeEvent } from '../../support/made-plan.ts';

const version = parseVersion('v1.2.3', 'test');

/** The rights that are given, by their names. */
function given(rights: Rights): string {
  return Object.entries(rights)
    .filter(([, is]) => is)
    .map(([name]) => name)
    .join(' ');
}

describe('the rights of', () => {
  it.each<[string, Partial<EventFacts>, string]>([
    ['a pull request from a fork', { name: 'pull_request', untrusted: true }, 'readCache'],
    ['a pull request of Dependabot', { name: 'pull_request', untrusted: true }, 'readCache'],
    ['a pull request of the same repository', { name: 'pull_request' }, 'readCache'],
    ['a merge group', { name: 'merge_group' }, 'readCache'],
    ['a push to the default branch', {}, 'readCache writeCache stage branchTag'],
    ['a push to another branch', { ref: 'refs/heads/topic' }, 'readCache writeCache stage branchTag'],
    ['a push of a tag that is no version', { ref: 'refs/tags/nightly' }, 'readCache writeCache stage branchTag'],
    ['a push of something else', { ref: 'refs/notes/x' }, 'readCache'],
    ['a push of Dependabot', { ref: 'refs/heads/dependabot/npm/x', untrusted: true }, 'readCache'],
    ['a push of Dependabot to the default branch', { untrusted: true }, 'readCache'],
    ['a push of the version by Dependabot', { ref: 'refs/tags/v1.2.3', untrusted: true }, 'readCache'],
    ['a schedule', { name: 'schedule' }, 'writeCache stage versionTag'],
    ['a rebuild by hand', { name: 'workflow_dispatch', rebuildBase: true }, 'writeCache stage versionTag'],
    ['a run by hand', { name: 'workflow_dispatch' }, 'readCache stage versionTag'],
    [
      'a run by hand on the version',
      { name: 'workflow_dispatch', ref: 'refs/tags/1.2.3' },
      'readCache stage versionTag',
    ],
    ['a run by hand on another branch', { name: 'workflow_dispatch', ref: 'refs/heads/topic' }, 'readCache'],
    ['a run by hand on another tag', { name: 'workflow_dispatch', ref: 'refs/tags/v1.2.2' }, 'readCache'],
    [
      'a rebuild by hand on another branch',
      { name: 'workflow_dispatch', ref: 'refs/heads/topic', rebuildBase: true },
      '',
    ],
    ['a push of the version', { ref: 'refs/tags/v1.2.3' }, 'readCache stage versionTag floating'],
    ['a push of the version without its v', { ref: 'refs/tags/1.2.3' }, 'readCache stage versionTag floating'],
    ['a release', { name: 'release', ref: 'refs/tags/v1.2.3' }, 'versionTag floating'],
    ['a release that is called like no version', { name: 'release', ref: 'refs/tags/summer' }, 'versionTag floating'],
    ['a release of a stranger', { name: 'release', ref: 'refs/tags/v1.2.3', untrusted: true }, 'readCache'],
  ])('%s', (_, event, expected) => {
    expect(given(rightsOf(madeEvent(event), version))).toBe(expected);
  });

  it.each<[string, Partial<EventFacts>, string]>([
    ['a pull request', { name: 'pull_request' }, 'readCache'],
    ['a push to a branch', {}, 'readCache writeCache stage branchTag'],
    ['a push of a tag', { ref: 'refs/tags/nightly' }, 'readCache writeCache stage branchTag'],
    ['a schedule', { name: 'schedule' }, 'writeCache stage branchTag'],
    ['a run by hand', { name: 'workflow_dispatch' }, 'readCache stage branchTag'],
    ['a run by hand on a tag', { name: 'workflow_dispatch', ref: 'refs/tags/v1.2.3' }, 'readCache'],
    ['a release that is called like no version', { name: 'release', ref: 'refs/tags/summer' }, 'versionTag floating'],
  ])('%s without a version', (_, event, expected) => {
    expect(given(rightsOf(madeEvent(event), undefined))).toBe(expected);
  });

  it.each([
    ['refs/heads/hotfix', 'readCache stage versionTag'],
    ['refs/heads/main', 'readCache'],
  ])('a run by hand on %s, where the project allows hotfix alone', (ref, expected) => {
    const event = madeEvent({ name: 'workflow_dispatch', ref });
    expect(given(rightsOf(event, version, { isManualRef: (each) => each.endsWith('/hotfix') }))).toBe(expected);
  });

  it('a push of a version in another Python spelling are those of the version', () => {
    const python = parseVersion('1.0rc1', 'test');
    const rights = rightsOf(madeEvent({ ref: 'refs/tags/v1.0.0-rc1' }), python);
    expect(rights).toMatchObject({ versionTag: true, floating: true });
  });

  it('a push of another spelling are refused where only semantic versions count', () => {
    const event = madeEvent({ ref: 'refs/tags/1.2' });
    expect(() => rightsOf(event, parseVersion('1.2.0', 'test'), { scheme: 'semver' })).toThrow(/version-mismatch/);
    expect(rightsOf(event, parseVersion('1.2.0', 'test')).versionTag).toBe(true);
  });

  it.each([['v1.2.4'], ['1!1.2.3'], ['1.x'], ['1.2.3.post1']])('a release or push called %s are refused', (tag) => {
    const ref = `refs/tags/${tag}`;
    for (const name of ['push', 'release'] as const) {
      expect(() => rightsOf(madeEvent({ name, ref }), version)).toThrow(/version-mismatch/);
    }
  });

  it('a pushed version tag that is not the version are refused', () => {
    expect(() => rightsOf(madeEvent({ ref: 'refs/tags/v1.2.4' }), version)).toThrow(
      expect.objectContaining({ code: 'version-mismatch', next: expect.stringContaining('v1.2.3') }),
    );
  });

  it('a pushed version tag of a project without a version are refused', () => {
    expect(() => rightsOf(madeEvent({ ref: 'refs/tags/v1.2.4' }), undefined)).toThrow(
      expect.objectContaining({ code: 'version-mismatch', what: expect.stringContaining('has none') }),
    );
  });

  it('a push whose branch is called like the version are those of a branch', () => {
    expect(given(rightsOf(madeEvent({ ref: 'refs/heads/v1.2.3' }), version))).not.toContain('versionTag');
  });
});

describe('a run', () => {
  it('may publish when one thing may become visible', () => {
    const none = rightsOf(madeEvent({ name: 'pull_request' }), version);
    expect([none, { ...none, stage: true }, { ...none, floating: true }].map(mayPublish)).toEqual([false, true, true]);
  });

  it.each([['pull_request_target'], ['workflow_run'], ['issue_comment']])(
    'on %s is refused for running with the rights of the repository',
    (name) => {
      expect(() => parseEventName(name)).toThrow(
        expect.objectContaining({ code: 'event-refused', what: expect.stringContaining('stranger') }),
      );
    },
  );

  it('on an unknown event is refused with the nearest known one', () => {
    expect(() => parseEventName('pull-request')).toThrow(
      expect.objectContaining({ code: 'event-refused', next: expect.stringContaining('did you mean pull_request?') }),
    );
  });
});
