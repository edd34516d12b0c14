import { describe, expect, it } from '@jest/globals';
import { openBuilder } from '../../../src/pipelines/builder.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';

const described = (name: string, driver: string): string =>
  `Name: ${name}\nDriver: ${driver}\nBuildKit version: v0.33.0\nPlatforms: linux/amd64\n`;

/** A machine whose own builder cannot export, and on which builders are made with this result. */
function machine(made: readonly Partial<ExecResult>[] = [{}], current = 'docker') {
  const results = [...made];
  const exec = scriptedExec([
    {
      program: 'docker',
      args: ['buildx', 'inspect', '--bootstrap'],
      result: { stdout: described('default', current) },
    },
    {
      program: 'docker',
      args: ([, verb]) => verb === 'inspect',
      result: { stdout: described('ours', 'docker-container') },
    },
    { program: 'docker', args: ([verb]) => verb === 'info', result: { stdout: '[]' } },
    { program: 'docker', args: ([verb]) => verb === 'version', result: { stdout: '20.10.24\n' } },
    { program: 'docker', args: ([, verb]) => verb === 'create', result: () => results.shift() ?? {} },
    { program: 'docker', args: ([, verb]) => verb === 'rm', result: {} },
  ]);
  const ports = { exec, clock: fakeClock(), log: recordingLog() };
  const changes = () =>
    exec.calls.filter(({ args }) => args[1] === 'create' || args[1] === 'rm').map(({ args }) => args);
  return { ports, changes };
}

const create = ['buildx', 'create', '--name', 'slipway-run1', '--driver', 'docker-container', '--bootstrap'];
const remove = ['buildx', 'rm', '--force', 'slipway-run1'];
const own = { owner: 'run1' };

describe('the builder of a run', () => {
  it('is the current one where that can export', async () => {
    const { ports, changes } = machine([], 'remote');
    await using opened = await openBuilder(ports, {}, own);
    expect([opened.builder.name, changes()]).toEqual(['default', []]);
  });

  it('is made where the current one cannot, and removed with its disposal', async () => {
    const { ports, changes } = machine();
    {
      await using opened = await openBuilder(ports, {}, own);
      expect([opened.builder.name, opened.builder.canExport]).toEqual(['ours', true]);
      expect(changes()).toEqual([
        [...create, '--driver-opt', 'image=moby/buildkit:v0.33.0', '--driver-opt', 'network=host'],
      ]);
    }
    expect(changes().at(-1)).toEqual(remove);
    expect(ports.log.texts('info')[0]).toContain('made of moby/buildkit:v0.33.0');
  });

  it('is made as it is described, also where the current one could export', async () => {
    const { ports, changes } = machine([{}], 'remote');
    const wish = { image: 'mirror/buildkit:v1', config: 'b.toml', driverOptions: ['memory=4g', 'network=own'] };
    await using opened = await openBuilder(ports, wish, own);
    expect(opened.builder.name).toBe('ours');
    expect(changes()[0]).toEqual([
      ...[...create, '--driver-opt', 'image=mirror/buildkit:v1', '--driver-opt', 'network=host'],
      ...['--driver-opt', 'memory=4g', '--driver-opt', 'network=own', '--buildkitd-config', 'b.toml'],
    ]);
  });

  it('that is named and can export is used as it is, which is said where another one was described', async () => {
    const { ports, changes } = machine();
    await using opened = await openBuilder(ports, { name: 'ours', image: 'x' }, own);
    expect([opened.builder.name, changes()]).toEqual(['ours', []]);
    expect(ports.log.texts('notice')).toEqual(['the builder ours is used as it is; none is made as it was described']);
  });

  it('has its name told before there is anything to remove', async () => {
    const { ports, changes } = machine();
    const told: unknown[] = [];
    const onMake = async (name: string): Promise<void> => void told.push(name, changes().length);
    await using opened = await openBuilder(ports, {}, { ...own, onMake });
    expect([opened.builder.name, told]).toEqual(['ours', ['slipway-run1', 0]]);
  });

  it('is tried again when its image could not be pulled, each time from nothing', async () => {
    const { ports, changes } = machine([{ exitCode: 1, stderr: '#1 pulling image x\n#1 ERROR: toomanyrequests' }]);
    await using opened = await openBuilder(ports, {}, own);
    expect(opened.builder.name).toBe('ours');
    expect(changes().map(([, verb]) => verb)).toEqual(['create', 'rm', 'create']);
    expect(ports.clock.slept).toEqual([2000]);
  });

  it('is refused with the last word of buildx when the engine cannot run it, and nothing is left', async () => {
    const stderr = '#1 pulling image x\n#1 creating container y\nERROR: operation not permitted\n';
    const { ports, changes } = machine([{ exitCode: 1, stderr }]);
    await expect(openBuilder(ports, {}, own)).rejects.toMatchObject({
      code: 'builder-not-made',
      exitCode: 4,
      what: 'no builder could be made of moby/buildkit:v0.33.0: ERROR: operation not permitted',
    });
    expect(changes().map(([, verb]) => verb)).toEqual(['create', 'rm']);
  });

  it('that is named and cannot export is refused', async () => {
    const { ports, changes } = machine();
    const exec = scriptedExec([
      { program: 'docker', args: ([, verb]) => verb === 'inspect', result: { stdout: described('old', 'docker') } },
      { program: 'docker', args: ([verb]) => verb === 'info', result: { stdout: '[]' } },
    ]);
    const opened = openBuilder({ ...ports, exec }, { name: 'old' }, own);
    await expect(opened).rejects.toMatchObject({ code: 'builder-cannot-export' });
    expect(changes()).toEqual([]);
  });
});
