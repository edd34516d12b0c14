import { randomInt } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRunnerPorts, withHandoff } from '../../src/adapters/runner/create-action-ports.ts';
import { staticChecks } from '../../src/pipelines/actions/static-checks.ts';
import { type EndedStep, type Job, openJob } from '../support/action-step.ts';
import { eventually } from '../support/desk.ts';
import { docker, labEnv, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
let job: Job;

beforeAll(async () => {
  job = await openJob(lab, { isFromSource: true });
  await mkdir(path.join(job.workspace, 'src'));
  await mkdir(path.join(job.workspace, 'tests'));
  for (const file of ['src/a.py', 'src/b.py', 'tests/test_a.py']) {
    await writeFile(path.join(job.workspace, file), 'x = 1\n');
  }
});

afterAll(async () => {
  await job[Symbol.asyncDispose]();
});

/** A script that prints a text as a tool would, and ends as one. */
async function printing(text: string, exitCode: number): Promise<string> {
  await writeFile(path.join(job.workspace, 'said'), text);
  return `cat said\nexit ${exitCode}`;
}

/** The annotations of a step but for that of its own failure: `name file:line:column text`. */
function annotations({ commands }: EndedStep): readonly string[] {
  return commands
    .filter(({ name, data }) => ['error', 'warning', 'notice'].includes(name) && !data.startsWith('checks-failed'))
    .map(({ name, properties: { file, line, col }, data }) => {
      return `${name} ${[file, line, col].filter((part) => part !== undefined).join(':')} ${data}`;
    });
}

const all = (root: string): string => `src/a.py:1:8: F401 [*] \`os\` imported but unused
src/b.py:3: error: Incompatible return value type (got "int", expected "str")  [return-value]
=================================== FAILURES ===================================
____________________________________ test_h ____________________________________
${root}/tests/test_a.py:9: in test_h
E   AssertionError: 1, 2: 100%
=========================== short test summary info ============================
FAILED tests/test_a.py::test_h - AssertionError: 1, 2: 100%
${root}/src/b.py:2:1: E501 Line too long
src/gone.py:1:1: F401 of a file that is not here
../outside.py:1:1: F401 of a file outside
/etc/passwd:1:1: F401 of a file elsewhere
`;

describe('what ruff, mypy and pytest find', () => {
  it.each([
    ['on the runner', {}, (): string => job.workspace],
    ['in a container', { container: 'busybox:1.36' }, (): string => '/workspace'],
  ])(
    'stands at its line, for files that are in the repository, %s',
    async (_, where, root) => {
      const step = await job.run('static-checks', { run: await printing(all(root()), 1), ...where });
      expect(step.exitCode).toBe(1);
      expect(annotations(step)).toEqual([
        'error src/a.py:1:8 ruff: F401 `os` imported but unused',
        'error src/b.py:3 mypy: Incompatible return value type (got "int", expected "str")  [return-value]',
        'error tests/test_a.py:9 pytest: test_h: AssertionError: 1, 2: 100%',
        'error src/b.py:2:1 ruff: E501 Line too long',
      ]);
      expect(step.summary).toContain('ruff found 5, of which 2 stand at their lines; mypy found 1');
      expect(step.summary).toContain('| ruff | `src/gone.py:1:1` |');
    },
    LIMIT_MS,
  );

  it(
    'is a warning where the script passed all the same',
    async () => {
      const step = await job.run('static-checks', { run: await printing(all(job.workspace), 0) });
      expect([step.exitCode, step.errors]).toEqual([0, []]);
      expect(annotations(step).map((one) => one.split(' ')[0])).toEqual(['warning', 'warning', 'warning', 'warning']);
      expect(step.summary).toMatch(/^### Static checks\n\nThey passed in /);
    },
    LIMIT_MS,
  );

  it(
    'leaves room for the error of the step among the ten that are shown, and counts the rest',
    async () => {
      const many = Array.from({ length: 60 }, (_, at) => `src/a.py:${at + 1}:1: F401 unused ${at}`).join('\n');
      const text = `${many}\nsrc/b.py:3: error: Wrong  [misc]\n`;
      const step = await job.run('static-checks', { run: await printing(text, 1) });
      expect(step.errors).toHaveLength(10);
      expect(step.errors.at(-1)).toMatch(/^checks-failed: /);
      expect(annotations(step)).toContain('error src/b.py:3 mypy: Wrong  [misc]');
      expect(step.summary).toContain('ruff found 60, of which 8 stand at their lines; mypy found 1, of which 1');
      expect(step.summary).toContain('… and 11 more, in the log of this step.');
    },
    LIMIT_MS,
  );

  it(
    'commands nothing, whatever it says',
    async () => {
      const hostile = [
        'src/a.py:1:1: F401 ::set-output name=x::y',
        'src/a.py:2:1: F401 a%0A::error::b\u2028##[error]c\u001b[31m',
        '::error title=ruff (F401),file=src/b.py,line=1::src/b.py:1:1: F401 x%0A::add-mask::y',
        '::warning file=src/a.py::not ours',
        '::stop-commands::pause',
      ].join('\n');
      const step = await job.run('static-checks', { run: await printing(hostile, 1) });
      const names = step.commands
        .map(({ name }) => name)
        .filter((name) => !/^(group|endgroup|error|debug)$/.test(name));
      expect(names.filter((name) => name !== 'stop-commands' && !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
      expect(annotations(step).map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual([
        'error src/a.py:1:1',
        'error src/a.py:2:1',
        'error src/b.py:1',
      ]);
      expect(step.outputs).toEqual({});
    },
    LIMIT_MS,
  );

  it(
    'of a long output is found where nobody is shown it, and the log says how much is left out',
    async () => {
      const text = `src/a.py:1:1: F401 early\n${'noise\n'.repeat(2000)}late\n`;
      const step = await job.run('static-checks', { run: await printing(text, 1) });
      expect(annotations(step)).toEqual(['error src/a.py:1:1 ruff: F401 early']);
      expect(step.stdout).toContain('… 1603 lines before these');
      expect(step.stdout).toContain('  late\n');
    },
    LIMIT_MS,
  );
});

describe('checks that do not end', () => {
  /** Runs the pipeline of the action with a limit below a minute, which its input cannot say. */
  async function limited(script: string, container?: string): Promise<unknown> {
    const before = { ...process.env };
    Object.assign(process.env, labEnv(lab));
    try {
      await using ports = createRunnerPorts();
      const outputs = {
        set: async () => {},
        summary: async () => {},
        progress: async () => {},
        saveState: async () => {},
      };
      const host = { event: {}, run: { id: '1', number: 1, attempt: 1 }, workspace: job.workspace, temp: job.temp };
      const given = host as unknown as Parameters<typeof withHandoff>[1];
      const inputs = { run: script, container, 'timeout-minutes': 1 / 60 };
      return await staticChecks(withHandoff(ports, given, outputs), given, inputs).catch((error: unknown) => error);
    } finally {
      for (const name of Object.keys(labEnv(lab))) delete process.env[name];
      Object.assign(process.env, before);
    }
  }

  /** The processes of this machine that have a text in their command. */
  async function processesWith(text: string): Promise<readonly string[]> {
    const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    const commands = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    return commands.filter((one) => one.includes(text));
  }

  /** So many seconds as nobody else sleeps, on a machine where others may run the same tests. */
  const longTime = (): string => `900.${randomInt(1_000_000, 10_000_000)}`;

  const gone = (text: string) =>
    eventually(
      () => processesWith(text),
      (found) => found.length === 0,
    );

  it(
    'are ended with their children at the limit',
    async () => {
      const mark = longTime();
      const error = await limited(`(trap '' TERM; sleep ${mark}) &\nsleep ${mark}`);
      expect(error).toMatchObject({ code: 'checks-failed', what: expect.stringContaining('had not ended after') });
      await gone(mark);
    },
    LIMIT_MS,
  );

  it(
    'are ended in a container too, and it is removed',
    async () => {
      await chmod(job.workspace, 0o755);
      const mark = longTime();
      const error = await limited(`sleep ${mark} &\nsleep ${mark}`, 'busybox:1.36');
      expect(error).toMatchObject({ code: 'checks-failed', what: expect.stringContaining('had not ended after') });
      await gone(mark);
      expect(await docker(lab, 'ps', '--all', '--quiet', '--filter', `volume=${job.workspace}`)).toBe('');
    },
    LIMIT_MS,
  );
});
