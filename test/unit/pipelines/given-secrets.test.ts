import { describe, expect, it } from '@jest/globals';
import { plainBuild } from '../../../src/domain/build-options.ts';
import { givenSecrets, tellUnasked } from '../../../src/pipelines/actions/given-secrets.ts';
import type { Host } from '../../../src/ports/host.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { madeCarried, madeEvent, madePlan, madePlanned } from '../../support/made-plan.ts';

const hostOf = (untrusted: boolean): Host => ({
  event: madeEvent({ untrusted }),
  run: { id: '1', number: 1, attempt: 1 },
  workspace: '/w',
  temp: '/t',
});
const none = { secrets: [], 'secret-envs': [], 'secret-files': [] };

describe('secrets that inputs give', () => {
  it('are values, variables and files, by id', () => {
    const given = givenSecrets(hostOf(false), {
      secrets: [{ id: 'a', value: 'v' }],
      'secret-envs': [{ id: 'b', value: 'B' }],
      'secret-files': [{ id: 'c', value: 'c.txt' }],
    });
    expect([...given]).toEqual([
      ['a', { value: 'v' }],
      ['b', { from: 'env', name: 'B' }],
      ['c', { from: 'file', name: 'c.txt' }],
    ]);
  });

  it('must have a value, but where GitHub gives none to anybody', () => {
    const inputs = { ...none, secrets: [{ id: 'a', value: '' }] };
    expect(() => givenSecrets(hostOf(false), inputs)).toThrow(
      expect.objectContaining({ code: 'input-invalid', what: 'the secret a has no value', where: 'with: secrets' }),
    );
    expect([...givenSecrets(hostOf(true), inputs)]).toEqual([]);
  });

  it('are given once', () => {
    const inputs = { ...none, secrets: [{ id: 'a', value: 'canary' }], 'secret-files': [{ id: 'a', value: 'x' }] };
    expect(() => givenSecrets(hostOf(false), inputs)).toThrow(/^(?!.*canary).*given by another input/);
  });

  it('that no image asks for are named, without their values', () => {
    const log = recordingLog();
    const options = { ...plainBuild, secrets: [{ id: 'a', from: 'env' as const, name: 'A' }] };
    const given = new Map([
      ['a', { value: 'x' }],
      ['b', { value: 'canary' }],
    ]);
    tellUnasked({ log }, madePlan({ images: [madePlanned('app', { options })] }), given);
    expect(log.texts('notice')).toEqual(['no image that is built asks for the secret b']);
    tellUnasked({ log }, madePlan({ images: [], carried: [madeCarried()] }), new Map([['c', { value: 'x' }]]));
    expect([log.texts('notice').length, log.texts('info')]).toEqual([
      1,
      ['no image that is built asks for the secret c'],
    ]);
  });
});
