import { describe, expect, it } from '@jest/globals';
import { createRunnerLog } from '../../../../src/adapters/runner/runner-log.ts';
import { Engine } from '../../../../src/clients/engine.ts';
import { Leaving } from '../../../../src/stages/testing/leaving.ts';
import { LiveOutput } from '../../../../src/stages/testing/live-output.ts';
import { runPlanned } from '../../../../src/stages/testing/planned-run.ts';
import { TestLog } from '../../../../src/stages/testing/test-log.ts';
import { hostileLines } from '../../../support/action-hostile.ts';
import { type ScriptedProgram, scriptedExec } from '../../../support/fake-exec.ts';
import { handClock } from '../../../support/hand-clock.ts';
import { madePlanned, madePlatformRecord, madeTest, plainSandbox } from '../../../support/made-plan.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';
import { runnerReads } from '../../../support/runner-model.ts';

const token = 'f'.repeat(64);
const platform = madePlatformRecord();
const ours = ['group', 'endgroup', 'stop-commands', token];

function runnerLog() {
  const pieces: string[] = [];
  const log = createRunnerLog({ write: (piece) => pieces.push(piece), random: { hex: () => token }, verbose: false });
  return { log, text: () => pieces.join('') };
}

/** Runs a test whose container prints these lines and leaves this JUnit file, before the log of a job. */
async function runHostile(lines: readonly string[], junit: string) {
  const { log, text } = runnerLog();
  const files = createMemoryFiles();
  const clock = handClock();
  const on = (first: string, result: ScriptedProgram['result']): ScriptedProgram => {
    return { program: 'docker', args: (args) => args[0] === first, result };
  };
  const exec = scriptedExec([
    on('create', { stdout: 'c'.repeat(64) }),
    on('inspect', { stdout: platform.digest }),
    on('start', ({ options }) => {
      for (const line of lines) options.onLine?.(line, 'stdout');
      return {};
    }),
    on('cp', async ({ args }) => {
      await files.write(args[2] ?? '', junit);
      return {};
    }),
    on('rm', {}),
  ]);
  const secrets = { add: () => {}, clean: (line: string) => line };
  const httpServer = { listen: () => Promise.reject(new Error('nothing is served')) };
  const ports = { exec, clock, files, log, secrets, httpServer, env: {}, random: { hex: () => 'a' } };
  const subject = {
    engine: new Engine({ exec, clock }),
    reference: 'r@d',
    image: madePlanned(),
    platform,
    version: null,
    owner: 'o',
    folder: '/repo',
    env: {},
    noteName: async () => {},
    ended: new Leaving(),
    scratch: undefined,
  };
  const test = madeTest({ sandbox: { ...plainSandbox, junit: '/x.xml' } });
  await runPlanned(ports, { subject, test }, new TestLog(files, '/logs', 'log'));
  return text();
}

const escaped = (text: string): string =>
  text.replace(/[<>&"'\r\n\t]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[^\x20-\uffff]/gu, '');

describe('T13 what a hostile container prints', () => {
  it('commands nothing to the runner while it is shown, line by line or at once', async () => {
    for (const pause of [0, 1000]) {
      const { log, text } = runnerLog();
      const clock = handClock();
      const live = new LiveOutput({ log, clock }, '##[error]title');
      for (const line of hostileLines) {
        live.add(line);
        clock.pass(pause);
      }
      live.end(true);
      const unpaused = text()
        .split('\n')
        .filter((line) => !line.startsWith('::stop-commands::') && line !== `::${token}::`)
        .join('\n');
      const { commands } = runnerReads(unpaused);
      expect(commands.map(({ name }) => name).filter((name) => !ours.includes(name))).toEqual([]);
      expect(runnerReads(text()).isPaused).toBe(false);
    }
  });

  it('commands nothing but our own annotations by its JUnit file, in whatever part of it', async () => {
    for (const line of hostileLines.filter((_, at) => at % 25 === 0)) {
      const word = escaped(line);
      const junit = `<testsuite name="${word}"><testcase name="${word}" file="${word}" line="1"><failure message="${word}"/></testcase></testsuite>`;
      const { commands, isPaused } = runnerReads(await runHostile(hostileLines, junit));
      const others = commands.map(({ name }) => name).filter((name) => !ours.includes(name));
      expect([others, isPaused]).toEqual([['error'], false]);
    }
  });
});
