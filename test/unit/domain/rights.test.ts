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
    ['a pull request of the same repository', { name: 'pull_request' }, 'readCache'],
    ['a merge group', { name: 'merge_group' }, 'readCache'],
    ['a push to the default branch', {}, 'readCache writeCache stage branchTag'],
    ['a push to another branch', { ref: 'refs/heads/topic' }, 'readCache writeCache stage branchTag'],
    ['a push of a tag that is no version', { ref: 'refs/tags/nightly' }, 'readCache writeCache stage branchTag'],
    ['a push of something else', { ref: 'refs/notes/x' }, 'readCache'],
    ['a schedule', { name: 'schedule' }, 'writeCache stage versionTag'],
    ['a rebuild by hand', { name: 'workflow_dispatch', rebuildBase: true }, 'writeCache stage versionTag'],
    ['a run by hand', { name: 'workflow_dispatch' }, 'readCache stage versionTag'],
    ['a push of the version', { ref: 'refs/tags/v1.2.3' }, 'readCache stage versionTag floating'],
    ['a push of the version without its v', { ref: 'refs/tags/1.2.3' }, 'readCache stage versionTag floating'],
    ['a release', { name: 'release', ref: 'refs/tags/v1.2.3' }, 'versionTag floating'],
  ])('%s', (_, event, expected) => {
    expect(given(rightsOf(madeEvent(event), version))).toBe(expected);
  });

  it.each<[string, Partial<EventFacts>, string]>([
    ['a schedule', { name: 'schedule' }, 'writeCache stage'],
    ['a push to a branch', {}, 'readCache writeCache stage branchTag'],
  ])('%s without a version', (_, event, expected) => {
    expect(given(rightsOf(madeEvent(event), undefined))).toBe(expected);
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
