import { describe, expect, it } from '@jest/globals';
import { readInputs } from '../../../src/adapters/runner/inputs.ts';
import { actionDefinitions } from '../../../src/formats/actions/all.ts';
import { buildTest } from '../../../src/formats/actions/build-test.ts';
import { matrixGenerate } from '../../../src/formats/actions/matrix-generate.ts';
import { staticChecks } from '../../../src/formats/actions/static-checks.ts';

describe('the inputs of an action', () => {
  it('come trimmed and of their types; an empty one was not given', () => {
    const env = {
      INPUT_PLAN: '  ',
      'INPUT_REGISTRY-USERNAME': ' ada ',
      INPUT_IMAGE: ' base, greeter\nclock ',
      PATH: '/bin',
      INPUT: 'x',
    };
    expect(readInputs(env, buildTest)).toMatchObject({
      plan: undefined,
      'registry-username': 'ada',
      'registry-password': undefined,
      image: ['base', 'greeter', 'clock'],
    });
  });

  it('have defaults', () => {
    expect(readInputs({ INPUT_RUN: 'make' }, staticChecks)).toMatchObject({ run: 'make', 'timeout-minutes': 5 });
    expect(readInputs({ 'INPUT_REBUILD-BASE': '' }, matrixGenerate)['rebuild-base']).toBe(false);
    expect(readInputs({ 'INPUT_REBUILD-BASE': 'true' }, matrixGenerate)['rebuild-base']).toBe(true);
  });

  it.each([
    ['INPUT_REGISTY', 'did you mean registry?'],
    ['INPUT_REBUILD_BASE', 'did you mean rebuild-base?'],
    ['INPUT_ZZZZZZZZZZZZ', expect.stringContaining('its inputs are: config, registry')],
  ])('are refused under the name %s', (variable, next) => {
    expect(() => readInputs({ [variable]: 'x' }, matrixGenerate)).toThrow(
      expect.objectContaining({ code: 'input-unknown', exitCode: 2, next, where: 'with: of matrix-generate' }),
    );
  });

  it('may be empty under a name that nobody knows', () => {
    expect(() => readInputs({ INPUT_OLD: '' }, matrixGenerate)).not.toThrow();
  });

  it.each([
    ['the run of static-checks', { INPUT_RUN: ' ' }, 'the input run: it must be given'],
    ['no run of static-checks', {}, 'the input run'],
    ['minutes in words', { INPUT_RUN: 'x', 'INPUT_TIMEOUT-MINUTES': 'soon' }, 'write a number of minutes'],
    ['minutes below nothing', { INPUT_RUN: 'x', 'INPUT_TIMEOUT-MINUTES': '-1' }, 'write a number of minutes'],
    ['too many minutes', { INPUT_RUN: 'x', 'INPUT_TIMEOUT-MINUTES': '99999' }, 'write a number of minutes'],
  ])('are refused for %s', (_, env, what) => {
    expect(() => readInputs(env, staticChecks)).toThrow(
      expect.objectContaining({ code: 'input-invalid', what: expect.stringContaining(what), exitCode: 2 }),
    );
  });

  it('take yes and no as YAML writes them and in no other way', () => {
    expect(() => readInputs({ 'INPUT_REBUILD-BASE': 'yes' }, matrixGenerate)).toThrow(/write true or false/);
  });

  it.each(actionDefinitions)(
    'of $name keep what they are given as it is, whatever a shell would make of it',
    (action) => {
      const nasty = 'x; touch pwn $(id) `id` ::error::';
      const text = Object.keys(action.inputs.shape).find(
        (name) => name === 'plan' || name === 'config' || name === 'run',
      );
      const required = 'image' in action.inputs.shape ? { INPUT_IMAGE: 'ghcr.io/org/app' } : {};
      const given = { ...required, [`INPUT_${text?.toUpperCase()}`]: nasty };
      const read: Readonly<Record<string, unknown>> = readInputs(given, action);
      expect(read[text ?? '']).toBe(nasty);
    },
  );
});
