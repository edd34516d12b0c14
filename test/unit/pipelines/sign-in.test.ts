import { describe, expect, it } from '@jest/globals';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { registryOf } from '../../../src/pipelines/actions/action.ts';

const repository = parseRepository('registry.test/acme/app', 'test');

/** Making a client touches nothing outside; any use of these would fail. */
const none = { env: {} } as never;

describe('the sign-in of an action', () => {
  it.each([
    [{ 'registry-username': 'ada' }, 'registry-password'],
    [{ 'registry-password': 'secret' }, 'registry-username'],
  ])('by half is refused, and the missing half is named: %j', (inputs, missing) => {
    const sign = () => registryOf(none, inputs, repository);
    expect(sign).toThrow(expect.objectContaining({ code: 'input-invalid', where: `with: ${missing}` }));
    expect(sign).not.toThrow(/secret|ada/);
  });

  it.each([[{}], [{ 'registry-username': 'ada', 'registry-password': 'secret' }]])(
    'is taken whole or not at all: %j',
    (inputs) => {
      expect(() => registryOf(none, inputs, repository)).not.toThrow();
    },
  );
});
