import { describe, expect, it } from '@jest/globals';
import { inspectBuilder } from '../../../src/clients/buildx.ts';
import { Engine } from '../../../src/clients/engine.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { scriptedExec } from '../../../test/support/fake-exec.ts';

describe('docker as a client', () => {
  const head = 'Name: b\nDriver: docker-container\n\nNodes:\nName: b0\nStatus: running\nBuildKit version: v1\n';
  it('takes the platforms of all nodes', async () => {
    const text = `${head}Platforms: linux/amd64\n\nName: b1\nStatus: running\nPlatforms: linux/arm64\n`;
    expect(
      (await inspectBuilder(scriptedExec([{ program: 'docker', result: { stdout: text } }]), undefined))?.platforms,
    ).toEqual(['linux/amd64', 'linux/arm64']);
  });
  it('reads an empty field as empty', async () => {
    const text = `${head}Platforms:\nLabels:\n a: b\n`;
    expect(
      (await inspectBuilder(scriptedExec([{ program: 'docker', result: { stdout: text } }]), undefined))?.platforms,
    ).toEqual([]);
  });
  it('says that the engine said nothing', async () => {
    const engine = new Engine({
      exec: scriptedExec([{ program: 'docker', result: { exitCode: 1 } }]),
      clock: fakeClock(),
    });
    await expect(engine.pull('x', digestOf('x'), parsePlatform('linux/amd64'))).rejects.toMatchObject({
      what: expect.stringContaining('it said nothing'),
    });
  });
  it('leaves no container where inspect throws', async () => {
    const exec = scriptedExec([
      { program: 'docker', args: (a) => a[0] === 'create', result: { stdout: 'c'.repeat(64) } },
      { program: 'docker', args: (a) => a[0] === 'inspect', result: new Error('cancelled') },
      { program: 'docker', args: (a) => a[0] === 'rm', result: {} },
    ]);
    const engine = new Engine({ exec, clock: fakeClock() });
    await expect(
      engine.create(`x@${digestOf('x')}`, parsePlatform('linux/amd64'), { command: [], owner: 'o' }),
    ).rejects.toThrow('cancelled');
    expect(exec.calls.map(({ args }) => args[0])).toContain('rm');
  });
});
