import { describe, expect, it } from '@jest/globals';
import { removeBuilder } from '../../../src/clients/buildx-create.ts';
import { scriptedExec } from '../../support/fake-exec.ts';

describe('the removal of a builder', () => {
  it.each([
    [0, true],
    [1, false],
  ])('goes by its exact name, also when someone asked us to stop (exit code %p)', async (exitCode, isRemoved) => {
    const exec = scriptedExec([{ program: 'docker', result: { exitCode } }]);
    expect(await removeBuilder(exec, 'slipway-1')).toBe(isRemoved);
    expect(exec.calls).toMatchObject([
      { args: ['buildx', 'rm', '--force', 'slipway-1'], options: { cleanup: true, timeoutMs: 60_000 } },
    ]);
  });
});
