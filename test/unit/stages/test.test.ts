import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { PlannedTest } from '../../../src/domain/planned-test.ts';
import type { BuildFragment } from '../../../src/domain/record.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { test as testImage } from '../../../src/stages/test.ts';
import { createStore } from '../../../src/store/store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { madePlanned, madePlatformRecord, madeRecord, madeTest, plainSandbox } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const [amd64, arm64] = [madePlatformRecord('linux/amd64'), madePlatformRecord('linux/arm64')];
const id = 'c'.repeat(64);
const up: PlannedTest = {
  kind: 'up',
  name: 'it stays up',
  command: [],
  seconds: 2,
  timeoutMinutes: 1,
  env: {},
  optional: false,
  attempts: 1,
  sandbox: plainSandbox,
};
const host: PlannedTest = {
  kind: 'host',
  name: 'make test',
  command: ['sh', '-c', 'make test'],
  timeoutMinutes: 1,
  env: { MODE: 'ci' },
  optional: false,
  attempts: 1,
};

interface EngineScript {
  readonly image?: string;
  readonly start?: ScriptedProgram['result'];
  /** How the container is, asked one time after the other. */
  readonly states?: readonly string[];
  readonly host?: ScriptedProgram['result'];
  readonly compose?: ScriptedProgram['result'];
  /** What the container holds at the path of the JUnit files. */
  readonly junit?: string;
  /** Names that the engine has already. */
  readonly names?: readonly string[];
  readonly tests?: readonly PlannedTest[];
  readonly platforms?: BuildFragment['platforms'];
  readonly repo?: Readonly<Record<string, string>>;
}

/** Runs the tests of an image with an engine that calls its image so, and whose containers end so. */
async function run(engine: EngineScript) {
  const { image = amd64.digest, start = {}, tests = [madeTest()], platforms = [amd64], names = [], repo = {} } = engine;
  const on = (first: string, result: ScriptedProgram['result']): ScriptedProgram => {
    return { program: 'docker', args: (args) => args[0] === first, result };
  };
  const states = [...(engine.states ?? [])];
  const files = createMemoryFiles({ '/home/.docker/config.json': '{"auths":{"r":{"auth":"c2VjcmV0"}}}', ...repo });
  const inspected = ({ args }: { args: readonly string[] }): Partial<ExecResult> =>
    args.join(' ').includes('.State.') ? { stdout: states.shift() ?? 'true 0 ' } : { stdout: `${image}\n` };
  const imageCommand = ({ args }: { args: readonly string[] }): Partial<ExecResult> => {
    if (args[1] !== 'inspect') return {};
    const name = args.at(-1) ?? '';
    return names.includes(name) || name.includes('@') ? { stdout: image } : { exitCode: 1 };
  };
  const exec = scriptedExec([
    on('version', { stdout: 'linux/amd64' }),
    on('pull', {}),
    on('create', { stdout: id }),
    on('inspect', inspected),
    on('start', start),
    on('stop', {}),
    on('cp', async ({ args }) => {
      if (engine.junit === undefined) return { exitCode: 1 };
      await files.write(args[2] ?? '', engine.junit);
      return {};
    }),
    on('tag', {}),
    on('compose', engine.compose ?? {}),
    on('rm', {}),
    on('image', imageCommand),
    { program: 'sh', result: engine.host ?? {} },
  ]);
  const log = recordingLog();
  const standing = fakeClock();
  // Whoever waits for an end is told of it; whoever looks again after a moment does so at once.
  const clock: Clock = {
    now: standing.now,
    sleep: (ms, stop) =>
      ms <= 1000 ? standing.sleep(ms) : new Promise((end) => stop?.addEventListener('abort', () => end())),
  };
  const closed: number[] = [];
  const httpServer = {
    listen: async () => ({ port: 5000, [Symbol.asyncDispose]: async () => void closed.push(5000) }),
  };
  let made = 0;
  const random = { hex: (digits: number) => `${made++}`.padStart(digits, '0') };
  const store = await createStore({ files, clock, random: { hex: () => 'a' }, processes: fakeProcesses() }, '/store');
  const secrets = { add: () => {}, clean: (text: string) => text.replaceAll('hunter2', '***') };
  const env = { PATH: '/bin', HOME: '/home', GITHUB_TOKEN: 'secret', INPUT_PASSWORD: 'secret' };
  const results = testImage(
    { exec, clock, httpServer, log, files, random, env, secrets },
    {
      image: madePlanned('app', { tests: [...tests] }),
      built: { ...madeRecord(), platforms },
      store,
      owner: 'run-1',
      folder: '/repo',
      version: '1.2.3',
      logFolder: '/logs',
    },
  );
  const commands = () => exec.calls.map(({ args }) => args[0]).filter((first) => first !== 'version');
  const argsOf = (first: string) => exec.calls.find(({ args }) => args[0] === first)?.args ?? [];
  const kept = () => files.readText('/logs/test-app.log');
  return { results, commands, argsOf, exec, log, closed, kept, files };
}

const relayed = (log: ReturnType<typeof recordingLog>) => log.entries.flatMap(({ lines = [] }) => lines);

describe('the tests of an image', () => {
  it('run on every platform in a container of its digest, and leave nothing behind', async () => {
    const { results, commands, closed, argsOf } = await run({});
    expect(await results).toEqual([
      {
        kind: 'run',
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
    expect(argsOf('pull').at(-1)).toBe(`127.0.0.1:5000/app@${amd64.digest}`);
    // What the engine's own platform is, is asked where a program did not start.
    expect(argsOf('version')).toEqual([]);
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

  it('fail with the exit code of the container', async () => {
    const { results } = await run({ start: { exitCode: 7 } });
    expect(await results).toMatchObject([{ state: 'failed', exitCode: 7, reason: 'exit code 7' }]);
  });

  it('show what they print, and keep all of it in their log', async () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `line ${at}`);
    const { results, log, kept } = await run({ start: { exitCode: 7, stdout: lines.join('\n') } });
    await results;
    expect(relayed(log).slice(0, 2000)).toEqual(lines.slice(0, 2000));
    expect(relayed(log).at(-1)).toBe('line 4999');
    expect(relayed(log).length).toBeLessThanOrEqual(2200);
    const whole = (await kept()) ?? '';
    expect(whole).toContain(lines.join('\n'));
    expect(whole).toMatch(/^=== \S+ test true on linux\/amd64$/m);
    expect(whole).toMatch(/^=== failed: exit code 7$/m);
  });

  it('say no secret, neither in what is shown nor in what is kept', async () => {
    const said = `${'x'.repeat(1998)}hunter2`;
    const { results, log, kept } = await run({ start: { stdout: said } });
    await results;
    expect(JSON.stringify(log.entries) + ((await kept()) ?? '')).not.toMatch(/hunt|r2/);
  });

  it('keep their log also when the engine breaks', async () => {
    const { results, kept } = await run({ start: new Error('it broke') });
    await expect(results).rejects.toThrow('it broke');
    expect(await kept()).toMatch(/^=== it broke off$/m);
  });

  it('go on after one that failed', async () => {
    const { results } = await run({ start: { exitCode: 1 }, tests: [madeTest(), madeTest()] });
    expect(await results).toHaveLength(2);
  });

  it('are none where none is planned, and then no engine is asked', async () => {
    const { results, exec, closed } = await run({ tests: [] });
    expect(await results).toEqual([]);
    expect([exec.calls, closed]).toEqual([[], []]);
  });

  it('take the image away even when the engine breaks', async () => {
    const { results, commands, closed } = await run({ start: new Error('it broke') });
    await expect(results).rejects.toThrow('it broke');
    expect([commands().slice(-2), closed]).toEqual([['rm', 'image'], [5000]]);
  });
});

describe('attempts at a test', () => {
  const failingTimes = (count: number) => {
    let left = count;
    return () => ({ exitCode: left-- > 0 ? 1 : 0 });
  };

  it('that pass in the end make it flaky, and each is kept', async () => {
    const { results } = await run({ start: failingTimes(1), tests: [madeTest({ attempts: 3 })] });
    expect(await results).toMatchObject([
      {
        state: 'flaky',
        reason: '',
        attempts: [
          { state: 'failed', exitCode: 1 },
          { state: 'passed', exitCode: 0 },
        ],
      },
    ]);
  });

  it('are as many as are allowed, and no more', async () => {
    const { results } = await run({ start: failingTimes(9), tests: [madeTest({ attempts: 2 })] });
    expect(await results).toMatchObject([{ state: 'failed', attempts: [{ state: 'failed' }, { state: 'failed' }] }]);
  });

  it('say that the test is optional', async () => {
    const { results } = await run({ start: { exitCode: 1 }, tests: [madeTest({ optional: true })] });
    expect(await results).toMatchObject([{ state: 'failed', optional: true }]);
  });
});

describe('a platform that cannot run here', () => {
  const start = { exitCode: 255, stderr: 'exec /bin/true: exec format error\n' };

  it('is no pass, says so, and is not tried again', async () => {
    const foreign = { start, platforms: [arm64], image: arm64.digest, tests: [madeTest({ attempts: 3 })] };
    const { results, commands } = await run(foreign);
    expect(await results).toMatchObject([
      { state: 'not-run', reason: 'not run: no emulation for linux/arm64', platform: 'linux/arm64' },
    ]);
    expect(commands().filter((command) => command === 'start')).toHaveLength(1);
  });

  it('is not what fails where the engine itself has the platform', async () => {
    expect(await (await run({ start })).results).toMatchObject([{ state: 'failed', reason: 'exit code 255' }]);
  });
});

describe('a container that only has to be up', () => {
  /** It runs until it is stopped. */
  const lasting = (states: readonly string[], test: PlannedTest = up) =>
    run({
      tests: [test],
      states,
      start: () => new Promise((end) => setImmediate(() => setImmediate(() => end({ exitCode: 143 })))),
    });

  it('passes when it stays up for as long as it must, and is stopped', async () => {
    const { results, commands } = await lasting([]);
    expect(await results).toMatchObject([{ kind: 'up', state: 'passed' }]);
    expect(commands().slice(-3)).toEqual(['stop', 'rm', 'image']);
  });

  it('fails when it ends by itself', async () => {
    const { results } = await run({ tests: [up], states: Array(9).fill('false 3 '), start: { exitCode: 3 } });
    expect(await results).toMatchObject([{ state: 'failed', exitCode: 3, reason: 'it ended with exit code 3' }]);
  });

  it.each([
    ['healthy', 'passed', ''],
    ['unhealthy', 'failed', 'its health check says unhealthy'],
    ['', 'failed', 'it has no health check to become healthy by'],
  ])('that must be healthy and is %p: %s', async (health, state, reason) => {
    const { results } = await lasting(['true 0 starting', `true 0 ${health}`], { ...up, seconds: null });
    expect(await results).toMatchObject([{ state, reason }]);
  });

  it('fails when it does not become healthy in time', async () => {
    const { results } = await lasting(Array(500).fill('true 0 starting'), { ...up, seconds: null });
    expect(await results).toMatchObject([{ state: 'failed', reason: 'it was not up after 1 min' }]);
  });
});

describe('a command on the runner', () => {
  it('finds the image by its variables, and sees nothing of the runner', async () => {
    const { results, exec, files } = await run({ tests: [host] });
    expect(await results).toMatchObject([{ kind: 'host', state: 'passed', engineImage: amd64.digest }]);
    const call = exec.calls.find(({ program }) => program === 'sh');
    const { DOCKER_CONFIG, ...env } = call?.options.env ?? {};
    expect(env).toEqual({
      PATH: '/bin',
      HOME: '/home',
      MODE: 'ci',
      SLIPWAY_IMAGE: `127.0.0.1:5000/app@${amd64.digest}`,
      SLIPWAY_KEY: 'app',
      SLIPWAY_VERSION: '1.2.3',
      SLIPWAY_PLATFORM: 'linux/amd64',
    });
    expect(call?.options.cwd).toBe('/repo');
    // The folder is gone, and while it was there it was another one than that with the passwords.
    expect(DOCKER_CONFIG).not.toBe('/home/.docker');
    expect(await files.facts(DOCKER_CONFIG ?? '')).toBeUndefined();
  });

  it('finds the image by the names of the project, which are gone afterwards', async () => {
    const { results, exec } = await run({ tests: [host] });
    await results;
    const names = ['registry.test/acme/app:1.2.3', 'acme/app:1.2.3'];
    const all = exec.calls.map(({ program, args }) => (program === 'sh' ? 'the test' : args.join(' ')));
    const at = all.indexOf('the test');
    const reference = `127.0.0.1:5000/app@${amd64.digest}`;
    expect(all.slice(0, at).filter((call) => call.startsWith('tag'))).toEqual(
      names.map((name) => `tag ${reference} ${name}`),
    );
    expect(all.slice(at + 1, at + 3)).toEqual(names.map((name) => `image rm --no-prune ${name}`));
  });

  it('leaves a name that was there as it was, also when it fails', async () => {
    const name = 'acme/app:1.2.3';
    const { results, exec } = await run({ tests: [host], names: [name], host: new Error('it broke') });
    await expect(results).rejects.toThrow('it broke');
    const tags = exec.calls.map(({ args }) => args.join(' ')).filter((call) => /^(tag|image rm)/.test(call));
    expect(tags[0]).toBe(`tag ${name} slipway-kept-000000000000:kept`);
    expect(tags).toContain(`tag slipway-kept-000000000000:kept ${name}`);
    expect(tags).toContain('image rm --no-prune slipway-kept-000000000000:kept');
    expect(tags).not.toContain(`image rm --no-prune ${name}`);
  });

  it('is refused where the engine has another image', async () => {
    const { results, exec } = await run({ tests: [host], image: digestOf('another image') });
    await expect(results).rejects.toMatchObject({ code: 'test-other-image' });
    expect(exec.calls.map(({ program }) => program)).not.toContain('sh');
  });
});

describe('what a container of a test may do', () => {
  const created = async (sandbox: Partial<typeof plainSandbox>, repo = {}) => {
    const { results, argsOf } = await run({
      tests: [madeTest({ sandbox: { ...plainSandbox, ...sandbox }, env: { A: 'b' } })],
      repo,
    });
    await results;
    return argsOf('create').join(' ');
  };

  it('is what docker gives, less what tests do without, and nothing of the machine', async () => {
    const args = await created({});
    for (const part of [
      '--security-opt no-new-privileges',
      '--cap-drop MKNOD',
      '--cap-drop NET_RAW',
      '--pids-limit 4096',
      '--network bridge',
      '--env A=b',
    ]) {
      expect(args).toContain(part);
    }
    expect(args).not.toMatch(/--privileged|--mount|--volume|docker\.sock|GITHUB|secret|--memory/);
  });

  it('is made by a command line that knows no proxies, no passwords and nothing of the runner', async () => {
    const { results, exec } = await run({});
    await results;
    const { DOCKER_CONFIG, ...env } = exec.calls.find(({ args }) => args[0] === 'create')?.options.env ?? {};
    expect([env, DOCKER_CONFIG]).toEqual([{ PATH: '/bin', HOME: '/home' }, expect.not.stringMatching('/home')]);
  });

  it('is what the configuration says', async () => {
    const asked = { user: '1000', workdir: '/app', memory: '2g', pids: 7, network: 'none' as const, tmpfs: ['/tmp'] };
    const args = await created(asked);
    for (const part of [
      '--user 1000',
      '--workdir /app',
      '--memory 2g --memory-swap 2g',
      '--pids-limit 7',
      '--network none',
      '--tmpfs /tmp',
    ]) {
      expect(args).toContain(part);
    }
  });

  it('shows it the repository without what git and we keep there', async () => {
    const repo = { '/repo/.git/config': 'token', '/repo/.slipway/x': '', '/repo/file': '' };
    expect(await created({ workspace: 'read' }, repo)).toContain(
      '--mount type=bind,"source=/repo",target=/workspace,readonly --mount type=tmpfs,target=/workspace/.git --mount type=tmpfs,target=/workspace/.slipway',
    );
    expect(await created({ workspace: 'write' }, repo)).toContain('target=/workspace --mount');
  });
});

describe('services beside a test', () => {
  const test = madeTest({ sandbox: { ...plainSandbox, services: 'compose.yml' } });
  const config = JSON.stringify({ name: 'x', services: { db: { image: 'db', networks: { default: null } } } });
  const project = 'slipway-run-1-000000';
  /** Compose that reads its file so, and starts its services so. */
  const compose =
    (up: Partial<ExecResult>, read: Partial<ExecResult> = { stdout: config }): ScriptedProgram['result'] =>
    ({ args }) => {
      if (args.includes('config')) return read;
      if (args.includes('logs')) return { stdout: 'db-1  | no space hunter2\n' };
      return args.includes('up') ? up : {};
    };

  it('run before it in its network, and are removed with their volumes and what was built for them', async () => {
    const { results, exec, argsOf } = await run({ tests: [test], compose: compose({}) });
    expect(await results).toMatchObject([{ state: 'passed' }]);
    expect(argsOf('create').join(' ')).toContain(`--network ${project}_default`);
    const calls = exec.calls.filter(({ args }) => args[0] === 'compose');
    expect(calls.map(({ args }) => args.slice(1).join(' '))).toEqual([
      `--file /repo/compose.yml --project-name ${project} config --format json`,
      `--file - --project-name ${project} up --detach --quiet-pull --wait --wait-timeout 300`,
      `--file - --project-name ${project} down --volumes --remove-orphans --rmi local --timeout 1`,
    ]);
    expect(calls[1]?.options.stdin).toContain('"slipway.owner":"run-1"');
    for (const { options } of calls) expect(options.env).not.toHaveProperty('GITHUB_TOKEN');
    for (const { options } of calls) expect(options.env?.DOCKER_CONFIG).not.toBe('/home/.docker');
  });

  it('are waited for no longer than the test may take', async () => {
    const short = { ...test, timeoutMinutes: 0.5 };
    const { results, exec } = await run({ tests: [short], compose: compose({}) });
    await results;
    expect(exec.calls.some(({ args }) => args.join(' ').endsWith('--wait-timeout 30'))).toBe(true);
  });

  it('are refused by name where there is no compose', async () => {
    const { results } = await run({ tests: [test], compose: { exitCode: 1 } });
    await expect(results).rejects.toMatchObject({ code: 'compose-missing', exitCode: 4 });
  });

  it.each([{ exitCode: 1, stderr: 'no such service' }, { stdout: 'no JSON' }])(
    'of a file that compose cannot read are an error of the file: %j',
    async (read) => {
      const { results } = await run({ tests: [test], compose: compose({}, read) });
      await expect(results).rejects.toMatchObject({
        code: 'services-invalid',
        exitCode: 2,
        where: '/repo/compose.yml',
      });
    },
  );

  it('that reach for the machine are refused before they start', async () => {
    const stdout = JSON.stringify({ services: { db: { image: 'db', privileged: true } } });
    const { results, exec } = await run({ tests: [test], compose: compose({}, { stdout }) });
    await expect(results).rejects.toMatchObject({ code: 'services-unsafe', what: expect.stringContaining('db has') });
    expect(exec.calls.some(({ args }) => args.includes('up'))).toBe(false);
  });

  it('that no test can reach are refused before they start', async () => {
    const stdout = JSON.stringify({ services: { db: { image: 'db', network_mode: 'none' } } });
    const { results } = await run({ tests: [test], compose: compose({}, { stdout }) });
    await expect(results).rejects.toMatchObject({ code: 'services-unreachable', exitCode: 2 });
  });

  it('that do not start fail the image, say why, and are removed', async () => {
    const failed = compose({ exitCode: 1, stderr: 'container db is unhealthy' });
    const { results, exec, files } = await run({ tests: [test], compose: failed });
    await expect(results).rejects.toMatchObject({
      code: 'services-failed',
      exitCode: 1,
      what: 'the services of a test did not start: container db is unhealthy',
    });
    expect(exec.calls.some(({ args }) => args.includes('down'))).toBe(true);
    expect(await files.readText('/logs/test-app.log')).toContain('db-1  | no space ***');
  });
});

describe('the JUnit files of a test', () => {
  const test = madeTest({ sandbox: { ...plainSandbox, junit: '/out/junit.xml' } });
  const good = '<testsuite name="s"><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>';
  const bad =
    '<testsuite name="s"><testcase name="a" file="t.py" line="3"><failure message="1 != 2"/></testcase></testsuite>';

  it('are counted', async () => {
    const { results } = await run({ tests: [test], junit: good });
    expect(await results).toMatchObject([{ state: 'passed', cases: { passed: 1, skipped: 1, failed: 0 } }]);
  });

  it('that speak of failures are no pass, whatever the exit code is, and become annotations', async () => {
    const { results, log } = await run({ tests: [test], junit: bad });
    expect(await results).toMatchObject([{ state: 'failed', reason: '1 of its cases failed' }]);
    expect(log.entries.find(({ kind }) => kind === 'error')).toMatchObject({
      text: 'app: s a: 1 != 2',
      place: { file: 't.py', line: 3 },
    });
  });

  it('of an optional test are warnings, in the file of the repository that was mounted', async () => {
    const optional = { ...test, optional: true };
    const { results, log } = await run({ tests: [optional], junit: bad.replace('t.py', '/workspace/t/t.py') });
    await results;
    expect(log.texts('error')).toEqual([]);
    expect(log.entries.find(({ kind }) => kind === 'warning')?.place).toEqual({ file: 't/t.py', line: 3 });
  });

  it('say no secret', async () => {
    const { results } = await run({ tests: [test], junit: bad.replace('1 != 2', 'hunter2') });
    expect(JSON.stringify(await results)).toContain('***');
  });

  it.each([
    [undefined, 'it left no JUnit file at /out/junit.xml'],
    ['<!DOCTYPE x><testsuite/>', 'its JUnit file /out/junit.xml cannot be read: it has a DOCTYPE, which is not read'],
  ])('that are %p are no pass', async (junit, reason) => {
    const { results } = await run({ tests: [test], ...(junit === undefined ? {} : { junit }) });
    expect(await results).toMatchObject([{ state: 'failed', reason }]);
  });
});
