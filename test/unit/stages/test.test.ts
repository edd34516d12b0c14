import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { BuildFragment } from '../../../src/domain/record.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { test as testImage } from '../../../src/stages/test.ts';
import { createStore } from '../../../src/store/store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { madePlanned, madePlatformRecord, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const [amd64, arm64] = [madePlatformRecord('linux/amd64'), madePlatformRecord('linux/arm64')];
const id = 'c'.repeat(64);

/** Runs the tests of an image with an engine that calls its image so, and whose containers end so. */
async function run(engine: {
  readonly image?: string;
  readonly start?: ScriptedProgram['result'];
  readonly tests?: number;
  readonly platforms?: BuildFragment['platforms'];
}) {
  const { image = amd64.digest, start = {}, tests = 1, platforms = [amd64] } = engine;
  const on = (first: string, result: ScriptedProgram['result']): ScriptedProgram => {
    return { program: 'docker', args: (args) => args[0] === first, result };
  };
  const inspected = ({ args }: { args: readonly string[] }): Partial<ExecResult> =>
    args.includes('inspect') ? { stdout: `${image}\n` } : {};
  const script = [on('pull', {}), on('create', { stdout: id }), on('inspect', inspected), on('start', start)];
  const exec = scriptedExec([...script, on('rm', {}), on('image', {})]);
  const log = recordingLog();
  const clock = fakeClock();
  const closed: number[] = [];
  const httpServer = {
    listen: async () => ({ port: 5000, [Symbol.asyncDispose]: async () => void closed.push(5000) }),
  };
  let made = 0;
  const random = { hex: (digits: number) => `${made++}`.padStart(digits, '0') };
  const store = await createStore({ files: createMemoryFiles(), clock, random, processes: fakeProcesses() }, '/store');
  const planned = { name: 'true', command: ['true'], timeoutMinutes: 1 };
  const results = testImage(
    { exec, clock, httpServer, log },
    {
      image: madePlanned('app', { tests: Array.from({ length: tests }, () => planned) }),
      built: { ...madeRecord(), platforms },
      store,
      owner: 'run-1',
    },
  );
  const commands = () => exec.calls.map(({ args }) => args[0]);
  return { results, commands, exec, log, closed };
}

describe('the tests of an image', () => {
  it('run on every platform in a container of its digest, and leave nothing behind', async () => {
    const { results, commands, closed, exec } = await run({});
    expect(await results).toEqual([
      {
        name: 'true',
        platform: 'linux/amd64',
        state: 'passed',
        exitCode: 0,
        durationMs: 0,
        engineImage: amd64.digest,
        reason: '',
      },
    ]);
    expect(commands()).toEqual(['pull', 'create', 'inspect', 'start', 'rm', 'image']);
    expect(exec.calls[0]?.args.at(-1)).toBe(`127.0.0.1:5000/app@${amd64.digest}`);
    expect(closed).toEqual([5000]);
  });

  it('take the id of the config, as the classic store says it', async () => {
    expect(await (await run({ image: amd64.config })).results).toMatchObject([{ state: 'passed' }]);
  });

  it.each([[digestOf('another image')], [''], [arm64.digest]])(
    'are refused before they start where the engine made the container of %p',
    async (image) => {
      const { results, commands, closed } = await run({ image });
      await expect(results).rejects.toMatchObject({ code: 'test-other-image', exitCode: 1 });
      expect(commands()).toEqual(['pull', 'create', 'inspect', 'rm', 'image']);
      expect(closed).toEqual([5000]);
    },
  );

  it('fail with the exit code of the container, and show its last lines', async () => {
    const lines = Array.from({ length: 500 }, (_, at) => `line ${at}`);
    const { results, log } = await run({ start: { exitCode: 7, stdout: lines.join('\n') } });
    expect(await results).toMatchObject([{ state: 'failed', exitCode: 7, reason: 'exit code 7' }]);
    expect(log.entries.find(({ kind }) => kind === 'relay')?.lines).toEqual(lines.slice(-200));
  });

  it('say nothing of what a passed test printed', async () => {
    const { results, log } = await run({ start: { stdout: 'hello' } });
    await results;
    expect(log.texts('relay')).toEqual([]);
  });

  it('go on after one that failed', async () => {
    const { results } = await run({ start: { exitCode: 1 }, tests: 2 });
    expect(await results).toHaveLength(2);
  });

  it('are none where none is planned, and then no engine is asked', async () => {
    const { results, commands, closed } = await run({ tests: 0 });
    expect(await results).toEqual([]);
    expect([commands(), closed]).toEqual([[], []]);
  });

  it('take the image away even when the engine breaks', async () => {
    const { results, commands, closed } = await run({ start: new Error('it broke') });
    await expect(results).rejects.toThrow('it broke');
    expect([commands().slice(-2), closed]).toEqual([['rm', 'image'], [5000]]);
  });
});
