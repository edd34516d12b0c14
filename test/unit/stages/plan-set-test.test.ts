import { describe, expect, it } from '@jest/globals';
import { chain, planOf } from './planned.ts';

const planWith = (text: string) => planOf({ ...chain, 'slipway.yml': text, VERSION: '1.2.3\n' });
const images = 'images: {alone: {}}';

describe('the test of the set of a plan', () => {
  it('is none where nobody asks for one', async () => {
    expect((await planWith(images)).setTest).toBeUndefined();
  });

  it('is a command on the machine, or services of which one decides', async () => {
    const host = await planWith(`${images}\nset: {test: {host: [make, smoke], env: {V: "v{version}"}}}`);
    expect(host.setTest).toEqual({
      kind: 'host',
      name: 'make smoke',
      command: ['make', 'smoke'],
      timeoutMinutes: 10,
      env: { V: 'v1.2.3' },
    });
    const services = await planWith(
      `${images}\nset: {test: {name: together, compose: ./test/../compose.yml, service: probe, timeout-minutes: 3}}`,
    );
    expect(services.setTest).toEqual({
      kind: 'compose',
      name: 'together',
      file: 'compose.yml',
      service: 'probe',
      timeoutMinutes: 3,
      env: {},
    });
  });

  it.each([
    ['neither', '{}', /one of host or compose/],
    ['both', '{host: x, compose: c.yml, service: s}', /one of host or compose/],
    ['services of which none decides', '{compose: c.yml}', /the exit code of the service decides/],
    ['a file outside', '{compose: ../c.yml, service: s}', /leads out of the repository/],
    ['a variable of ours', '{host: x, env: {SLIPWAY_IMAGE: y}}', /not the name of a variable/],
  ])('refuses %s', async (_, test, what) => {
    await expect(planWith(`${images}\nset: {test: ${test}}`)).rejects.toMatchObject({
      what: expect.stringMatching(what),
      exitCode: 2,
    });
  });

  it('refuses keys that it could not tell apart, before anything is built', async () => {
    const two = 'images: {a-b: {context: alone}, a.b: {context: alone}}';
    await expect(planWith(`${two}\nset: {test: {host: "true"}}`)).rejects.toMatchObject({ code: 'set-test-variable' });
  });
});
