import { describe, expect, it } from '@jest/globals';
import type { EventFacts } from '../../../src/domain/event.ts';
import { chooseVersion } from '../../../src/domain/version-source.ts';
import { madeEvent } from '../../support/made-plan.ts';

describe('the version of a run', () => {
  const file = { text: '1.2.3\n', where: 'VERSION' };

  it.each<[string, Partial<EventFacts>, typeof file | undefined, string | undefined, string | undefined]>([
    ['of the file, on a branch', {}, file, '1.2.3', 'file'],
    ['of the file, whatever tag was pushed', { ref: 'refs/tags/v1.2.4' }, file, '1.2.3', 'file'],
    ['of the file, whatever was released', { name: 'release', ref: 'refs/tags/v1.2.4' }, file, '1.2.3', 'file'],
    ['of the pushed tag', { ref: 'refs/tags/v1.2.4' }, undefined, 'v1.2.4', 'pushed-tag'],
    ['of the pushed tag, in Python', { ref: 'refs/tags/v0.1.0rc3' }, undefined, 'v0.1.0rc3', 'pushed-tag'],
    ['of the release', { name: 'release', ref: 'refs/tags/2.0' }, undefined, '2.0', 'release'],
    ['none, for a branch', {}, undefined, undefined, undefined],
    ['none, for a branch that is called like one', { ref: 'refs/heads/v1.2.3' }, undefined, undefined, undefined],
    ['none, for a tag that is no version', { ref: 'refs/tags/nightly' }, undefined, undefined, undefined],
    ['none, for a tag that no image can have', { ref: 'refs/tags/1!2.0' }, undefined, undefined, undefined],
    ['none, for another release', { name: 'release', ref: 'refs/tags/summer' }, undefined, undefined, undefined],
    ['none, for a schedule', { name: 'schedule', ref: 'refs/tags/v1.0.0' }, undefined, undefined, undefined],
    ['none, by hand on a tag', { name: 'workflow_dispatch', ref: 'refs/tags/v1.0.0' }, undefined, undefined, undefined],
    ['none, for a pull request', { name: 'pull_request' }, undefined, undefined, undefined],
  ])('is %s', (_, event, given, version, from) => {
    const chosen = chooseVersion(madeEvent(event), given);
    expect([chosen?.version, chosen?.from]).toEqual([version, from]);
  });

  it('is none where the tag is one by another scheme', () => {
    expect(chooseVersion(madeEvent({ ref: 'refs/tags/1.0' }), undefined, 'semver')).toBeUndefined();
  });

  it('is refused at its place in the file', () => {
    const broken = { text: '\n1.0+x', where: { file: 'VERSION' } };
    expect(() => chooseVersion(madeEvent(), broken)).toThrow(
      expect.objectContaining({ where: { file: 'VERSION', line: 2, column: 4 } }),
    );
  });
});
