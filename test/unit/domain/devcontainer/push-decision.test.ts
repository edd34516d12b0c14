import { describe, expect, it } from '@jest/globals';
import { decidePush, type PushMode } from '../../../../src/domain/devcontainer/push-decision.ts';
import type { EventFacts } from '../../../../src/domain/event.ts';
import { parseEventName } from '../../../../src/domain/event-name.ts';
import { pathMatcher } from '../../../../src/formats/dockerignore.ts';
import { madeEvent } from '../../../support/made-plan.ts';

const push = madeEvent();
const events: Readonly<Record<string, EventFacts>> = {
  'push to the default branch': push,
  'push to another branch': { ...push, ref: 'refs/heads/topic' },
  'push of a tag': { ...push, ref: 'refs/tags/v1' },
  'push to the default branch by Dependabot': { ...push, untrusted: true },
  'pull request of the same repository': { ...push, name: 'pull_request' },
  'pull request of a fork': { ...push, name: 'pull_request', untrusted: true },
  'merge group': { ...push, name: 'merge_group' },
  schedule: { ...push, name: 'schedule' },
  'run by hand': { ...push, name: 'workflow_dispatch' },
  'run by hand on another branch': { ...push, name: 'workflow_dispatch', ref: 'refs/heads/topic' },
  release: { ...push, name: 'release', ref: 'refs/tags/v1' },
};

describe('whether a dev container is published', () => {
  it.each<[string, PushMode, string]>([
    ['push to the default branch', 'never', 'no never'],
    ['push to the default branch', 'filter', 'yes filter latest'],
    ['push to the default branch', 'always', 'yes always latest'],
    ['push to another branch', 'never', 'no never'],
    ['push to another branch', 'filter', 'no ref'],
    ['push to another branch', 'always', 'yes always'],
    ['push of a tag', 'never', 'no never'],
    ['push of a tag', 'filter', 'no ref'],
    ['push of a tag', 'always', 'yes always'],
    ['push to the default branch by Dependabot', 'filter', 'no unsafe'],
    ['push to the default branch by Dependabot', 'always', 'no unsafe'],
    ['pull request of the same repository', 'never', 'no never'],
    ['pull request of the same repository', 'filter', 'no event'],
    ['pull request of the same repository', 'always', 'no unsafe'],
    ['pull request of a fork', 'never', 'no never'],
    ['pull request of a fork', 'filter', 'no event'],
    ['pull request of a fork', 'always', 'no unsafe'],
    ['merge group', 'never', 'no never'],
    ['merge group', 'filter', 'no event'],
    ['merge group', 'always', 'yes always'],
    ['schedule', 'never', 'no never'],
    ['schedule', 'filter', 'no event'],
    ['schedule', 'always', 'yes always latest'],
    ['run by hand', 'never', 'no never'],
    ['run by hand', 'filter', 'no event'],
    ['run by hand', 'always', 'yes always latest'],
    ['run by hand on another branch', 'always', 'yes always'],
    ['release', 'never', 'no never'],
    ['release', 'filter', 'no event'],
    ['release', 'always', 'yes always'],
  ])('%s with %s: %s', (name, mode, wanted) => {
    expect(words(decidePush(events[name] ?? push, { mode, events: ['push'] }))).toBe(wanted);
  });

  it.each<[string, readonly string[], readonly string[] | undefined, string]>([
    ['schedule', ['push', 'schedule'], undefined, 'yes filter latest'],
    ['run by hand', ['workflow_dispatch'], undefined, 'yes filter latest'],
    ['release', ['release'], undefined, 'no ref'],
    ['release', ['release'], ['v*'], 'yes filter'],
    ['push to another branch', ['push'], ['main', 'top*'], 'yes filter'],
    ['push to the default branch', ['push'], ['stable'], 'no ref'],
    ['pull request of the same repository', ['pull_request'], undefined, 'no unsafe'],
    ['pull request of a fork', ['pull_request'], ['**'], 'no unsafe'],
  ])('%s with the events %p and the refs %p: %s', (name, list, refs, wanted) => {
    const isRef = refs === undefined ? undefined : pathMatcher(refs, 'push-refs');
    expect(words(decidePush(events[name] ?? push, { mode: 'filter', events: list, isRef }))).toBe(wanted);
  });

  it.each(['pull_request_target', 'workflow_run', 'issue_comment'])('%s is refused before anything else', (name) => {
    expect(() => parseEventName(name)).toThrow('event-refused');
  });
});

function words({ push: yes, reason, moveFloating }: ReturnType<typeof decidePush>): string {
  return `${yes ? 'yes' : 'no'} ${reason}${moveFloating ? ' latest' : ''}`;
}
