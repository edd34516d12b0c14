import { describe, expect, it } from '@jest/globals';
import type { PlannedTest } from '../../../../src/domain/planned-test.ts';
import type { ExecResult } from '../../../../src/ports/exec.ts';
import { openShell } from '../../../../src/stages/testing/shell.ts';
import { createStore } from '../../../../src/store/store.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedExec } from '../../../support/fake-exec.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { fakeProcesses } from '../../../support/fake-processes.ts';
import { madePlanned, madePlatformRecord, madeRecord, madeTest, plainSandbox } from '../../../support/made-plan.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const platforms = [madePlatformRecord('linux/arm64'), madePlatformRecord('linux/amd64')];
const id = 'c'.repeat(64);

interface Shell {
  readonly tests?: readonly PlannedTest[];
  readonly isTerminal?: boolean;
  readonly start?: Partial<ExecResult>;
  readonly startedAt?: string;
}

async function shell({ tests = [], isTerminal = false, start = {}, startedAt = '2026-11-21T' }: Shell) {
  const exec = scriptedExec([
    { program: 'docker', args: ([first]) => first === 'version', result: { stdout: 'linux/amd64' } },
    { program: 'docker', args: ([first]) => first === 'create', result: { stdout: id } },
    { program: 'docker', args: ([first]) => first === 'start', result: start },
    {
      program: 'docker',
      args: ([first]) => first === 'inspect',
      result: ({ args }) => ({ stdout: args[2] === '{{.Image}}' ? (platforms[1]?.digest ?? '') : startedAt }),
    },
    { program: 'docker', result: {} },
  ]);
  const [files, clock, random] = [createMemoryFiles(), fakeClock(), { hex: () => 'a' }];
  const store = await createStore({ files, clock, random, processes: fakeProcesses() }, '/store');
  const httpServer = { listen: async () => ({ port: 5000, [Symbol.asyncDispose]: async () => {} }) };
  const secrets = { add: () => {}, clean: (text: string) => text };
  const ended = openShell(
    { exec, clock, files, random, httpServer, secrets, log: recordingLog(), env: { PATH: '/bin', HOME: '/home' } },
    {
      image: madePlanned('app', { tests: [...tests] }),
      built: { ...madeRecord(), platforms },
      store,
      owner: 'run-1',
      folder: '/repo',
      version: null,
      logFolder: '/run/app..logs',
      isTerminal,
    },
  );
  const argsOf = (first: string) => exec.calls.find(({ args }) => args[0] === first)?.args ?? [];
  const exitCode = await ended.catch((error: unknown) => error);
  return { exitCode, argsOf, calls: exec.calls };
}

describe('a shell', () => {
  it('is started as the first test that runs in a container is, and for the platform of the engine', async () => {
    const sandbox = { ...plainSandbox, user: '7:7', network: 'none' as const, workspace: 'read' as const };
    const host: PlannedTest = { ...madeTest(), kind: 'host', command: ['make'], env: { NO: '1' } } as PlannedTest;
    const { argsOf, calls, exitCode } = await shell({ tests: [host, madeTest({ sandbox, env: { WHO: 'me' } })] });
    const words = argsOf('create').join(' ');
    expect(words).toContain('--platform linux/amd64');
    expect(words).toMatch(
      / --interactive --entrypoint sh .*--network none .*--user 7:7 .*source=\/repo.*readonly .*--env WHO=me/,
    );
    expect(words).not.toMatch(/--tty|NO=1/);
    const start = calls.find(({ args }) => args[0] === 'start');
    expect([start?.args, start?.options.attached]).toEqual([['start', '--attach', '--interactive', id], true]);
    expect(calls.map(({ args }) => args.slice(0, 2).join(' ')).filter((one) => /^rm|^image rm/.test(one))).toEqual([
      'rm --force',
      'image rm',
    ]);
    expect(exitCode).toBe(0);
  });

  it('has a terminal where we have one, and the exit code that it ended with', async () => {
    const { argsOf, exitCode } = await shell({ isTerminal: true, start: { exitCode: 3 } });
    expect(argsOf('create')).toContain('--tty');
    expect(exitCode).toBe(3);
  });

  it('that cannot be started is said to be missing, and one that ends with the same exit code is not', async () => {
    const start = { exitCode: 127 };
    expect((await shell({ start })).exitCode).toBe(127);
    const { exitCode, argsOf } = await shell({ start, startedAt: '0001-01-01T00:00:00Z' });
    expect(exitCode).toMatchObject({ code: 'shell-missing', exitCode: 4, where: 'app on linux/amd64' });
    expect(argsOf('rm')).toContain(id);
  });
});
