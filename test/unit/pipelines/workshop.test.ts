import { describe, expect, it } from '@jest/globals';
import { lookAtWorkshop, openWorkshop } from '../../../src/pipelines/builder.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const failed = { exitCode: 1, stdout: '', stderr: 'no' };
const builder = { stdout: 'Name: far\nDriver: remote\nBuildKit version: v0.33.0\nPlatforms: linux/amd64\n' };
const own = { owner: 'run1', folder: '/run' };

type Answers = Record<'builder' | 'docker' | 'engine', Partial<ExecResult>>;

/** A machine that answers so; the answer about the engine comes when all that can be asked was asked. */
function machine(changes: Partial<Answers> = {}, freeBytes = 1024 ** 4) {
  const answers: Answers = { builder, docker: {}, engine: { stdout: '29.1.0\n' }, ...changes };
  const exec = scriptedExec([
    { program: 'docker', args: ([, verb]) => verb === 'inspect', result: answers.builder },
    { program: 'docker', args: ([verb]) => verb === 'info', result: { stdout: '/engine\n' } },
    { program: 'docker', args: ([verb]) => verb === '--version', result: answers.docker },
    { program: 'docker', args: ([, verb]) => verb === 'version', result: {} },
    { program: 'docker', args: ([verb]) => verb === 'version', result: answers.engine },
  ]);
  const files = { ...createMemoryFiles({ '/engine/x': '' }), freeBytes: async () => freeBytes };
  return { exec, files, env: {}, clock: fakeClock(), log: recordingLog() };
}

describe('what a run needs before it builds', () => {
  it('is asked for at once: disks, builder and engine', async () => {
    const ports = machine();
    const opening = openWorkshop(ports, {}, own);
    expect(ports.exec.calls.map(({ args: [first] }) => first)).toEqual(['info', 'buildx', 'version']);
    await using opened = await opening;
    expect(opened.builder.name).toBe('far');
  });

  it('is asked for once, where somebody has asked before there was time to open it', async () => {
    const ports = machine();
    const look = lookAtWorkshop(ports, {}, own.folder);
    expect(ports.exec.calls).toHaveLength(3);
    await using opened = await openWorkshop(ports, {}, { ...own, look });
    expect(opened.builder.name).toBe('far');
    expect(ports.exec.calls).toHaveLength(3);
  });

  it('is refused when it is opened, and not when it is looked at', async () => {
    const ports = machine({ builder: failed, engine: failed }, 1024);
    const look = lookAtWorkshop(ports, {}, own.folder);
    await new Promise(setImmediate);
    await expect(openWorkshop(ports, {}, { ...own, look })).rejects.toMatchObject({ code: 'disk-space' });
  });

  it.each([
    ['too little disk, whatever else is wrong', machine({ builder: failed, engine: failed }, 1024), 'disk-space'],
    ['no docker', machine({ builder: failed, docker: failed, engine: failed }), 'docker-missing'],
    ['no engine for the builder', machine({ builder: failed, engine: failed }), 'engine-missing'],
    ['no engine beside the builder', machine({ engine: failed }), 'engine-missing'],
    ['no builder', machine({ builder: failed }), 'builder-missing'],
  ])('is refused for one reason: %s', async (_, ports, code) => {
    await expect(openWorkshop(ports, {}, own)).rejects.toMatchObject({ code });
  });

  it('makes no builder where no engine answers', async () => {
    const ports = machine({ engine: failed });
    await expect(openWorkshop(ports, { image: 'x' }, own)).rejects.toMatchObject({ code: 'engine-missing' });
    expect(ports.exec.calls.map(({ args }) => args[1])).not.toContain('create');
  });
});
