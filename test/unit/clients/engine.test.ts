import { describe, expect, it } from '@jest/globals';
import { Engine } from '../../../src/clients/engine.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';
import { handClock } from '../../support/hand-clock.ts';

const repository = '127.0.0.1:5000/app';
const digest = digestOf('image');
const platform = parsePlatform('linux/arm64');
const id = 'c'.repeat(64);
const pullArgs = ['pull', '--quiet', '--platform', 'linux/arm64', `${repository}@${digest}`];
const swept = { exitCode: 1, stderr: `failed to pull\ncontent digest ${digest}: not found` };
const sweptAsTold = { exitCode: 1, stderr: `error: content digest ${digest} not found` };

function engineWith(...script: readonly ScriptedProgram[]) {
  const exec = scriptedExec(script);
  const clock = standingClock();
  return { engine: new Engine({ exec, clock }), exec, clock };
}

/** Pulls wait on it at once; the time of a container is never over. */
function standingClock() {
  const clock = fakeClock();
  const sleep = (ms: number, stop?: AbortSignal): Promise<void> =>
    stop === undefined ? clock.sleep(ms) : new Promise((end) => stop.addEventListener('abort', () => end()));
  return { now: clock.now, slept: clock.slept, sleep };
}

const docker = (first: string, result: ScriptedProgram['result'], once = false): ScriptedProgram => {
  return { program: 'docker', args: (args) => args[0] === first, result, once };
};

describe('the engine', () => {
  it.each<[Partial<ExecResult>, string | undefined]>([
    [{ stdout: '28.0.1\n' }, '28.0.1'],
    [{ exitCode: 1, stderr: 'Cannot connect' }, undefined],
    [{ exitCode: 127 }, undefined],
  ])('that answers %p has the version %p', async (result, expected) => {
    expect(await engineWith(docker('version', result)).engine.version()).toBe(expected);
  });

  it('forgets an image even after somebody asked us to stop', async () => {
    const { engine, exec } = engineWith(docker('image', {}));
    await engine.forget(repository, digest);
    expect(exec.calls[0]).toMatchObject({
      args: ['image', 'rm', '--no-prune', `${repository}@${digest}`],
      options: { cleanup: true },
    });
  });
});

describe('a pull', () => {
  it('names the platform and the digest', async () => {
    const { engine, exec } = engineWith({ program: 'docker', args: pullArgs, result: {} });
    await engine.pull(repository, digest, platform);
    expect(exec.calls).toHaveLength(1);
  });

  it.each([[swept], [sweptAsTold]])('is repeated where the content was swept away meanwhile: %p', async (failure) => {
    const { engine, exec, clock } = engineWith(docker('pull', failure, true), docker('pull', {}));
    await engine.pull(repository, digest, platform);
    expect([exec.calls.length, clock.slept]).toEqual([2, [200]]);
  });

  it.each(['dial tcp 127.0.0.1:5000: connect: connection refused', 'dial tcp 10.0.0.1:5000: i/o timeout'])(
    'answers false where nobody answered the engine: %s',
    async (stderr) => {
      const { engine } = engineWith(docker('pull', { exitCode: 1, stderr }), docker('pull', {}));
      expect(await engine.pull(repository, digest, platform)).toBe(false);
    },
  );

  it('is tried three times at most', async () => {
    const { engine, exec, clock } = engineWith(docker('pull', sweptAsTold));
    await expect(engine.pull(repository, digest, platform)).rejects.toMatchObject({ code: 'engine-pull-failed' });
    expect([exec.calls.length, clock.slept]).toEqual([3, [200, 400]]);
  });

  it.each([['denied: no basic auth'], ['manifest unknown: not found'], ['no matching manifest for linux/arm64']])(
    'is not repeated where it says %p',
    async (stderr) => {
      const { engine, exec } = engineWith(docker('pull', { exitCode: 1, stderr: `first\n${stderr}\n` }));
      await expect(engine.pull(repository, digest, platform)).rejects.toMatchObject({
        code: 'engine-pull-failed',
        what: expect.stringContaining(stderr),
        exitCode: 4,
      });
      expect(exec.calls).toHaveLength(1);
    },
  );
});

describe('a container', () => {
  const run = { command: ['sh', '-c', 'a && b'], owner: 'run-1' };
  const made = (start: ScriptedProgram['result']) =>
    engineWith(
      docker('create', { stdout: `pulled\n${id}\n` }),
      docker('inspect', { stdout: `${digest}\n` }),
      docker('start', start),
      docker('rm', {}),
    );

  it('is made of the digest alone, pulls nothing, and takes the command as it is', async () => {
    const { engine, exec } = made({});
    const container = await engine.create(`${repository}@${digest}`, platform, run);
    expect([container.id, container.image]).toEqual([id, digest]);
    const args = exec.calls[0]?.args ?? [];
    expect(args.slice(0, 5)).toEqual(['create', '--pull', 'never', '--platform', 'linux/arm64']);
    expect(args.slice(-4)).toEqual([`${repository}@${digest}`, 'sh', '-c', 'a && b']);
    expect(args.join(' ')).not.toMatch(/ (-e|--env|-v|--volume|--mount) /);
  });

  it('is removed with its volumes when its use is over', async () => {
    const { engine, exec } = made({});
    await using container = await engine.create(`${repository}@${digest}`, platform, run);
    await container[Symbol.asyncDispose]();
    expect(exec.calls.at(-1)).toMatchObject({ args: ['rm', '--force', '--volumes', id], options: { cleanup: true } });
  });

  it('is removed even when the run throws', async () => {
    const { engine, exec } = made(new Error('somebody asked us to stop'));
    const use = async () => {
      await using container = await engine.create(`${repository}@${digest}`, platform, run);
      await container.run(() => {}, 1000);
    };
    await expect(use()).rejects.toThrow('somebody asked us to stop');
    expect(exec.calls.at(-1)?.args[0]).toBe('rm');
  });

  it('hands on its lines and its exit code', async () => {
    const { engine } = made({ exitCode: 3, stdout: 'one\ntwo\n', stderr: 'bad\n' });
    const lines: string[] = [];
    const container = await engine.create(`${repository}@${digest}`, platform, run);
    expect(await container.run((line) => lines.push(line), 1000)).toEqual({ exitCode: 3, timedOut: false });
    expect(lines).toEqual(['one', 'two', 'bad']);
  });

  it('whose time is over is asked to end, and is heard until it does', async () => {
    const clock = handClock();
    let end: (result: Partial<ExecResult>) => void = () => {};
    const exec = scriptedExec([
      docker('create', { stdout: id }),
      docker('inspect', { stdout: digest }),
      docker('start', () => new Promise((resolve) => (end = resolve))),
      docker('stop', () => {
        end({ exitCode: 3, stdout: 'last words' });
        return {};
      }),
    ]);
    const container = await new Engine({ exec, clock }).create(`${repository}@${digest}`, platform, run);
    const lines: string[] = [];
    const ended = container.run((line) => lines.push(line), 1000);
    clock.pass(1000);
    expect([await ended, lines]).toEqual([{ exitCode: 3, timedOut: true }, ['last words']]);
    expect(exec.calls.at(-1)?.args).toEqual(['stop', '-t', '10', id]);
  });

  it('that ends with 124 itself had time enough', async () => {
    const { engine } = made({ exitCode: 124 });
    const container = await engine.create(`${repository}@${digest}`, platform, run);
    expect(await container.run(() => {}, 1000)).toEqual({ exitCode: 124, timedOut: false });
  });

  it.each<[string, Partial<ExecResult>]>([
    ['a failure', { exitCode: 1, stderr: 'exec: "no": not found' }],
    ['something that is no id', { stdout: 'WARNING: no id' }],
  ])('is not there after %s', async (_, result) => {
    const { engine } = engineWith(docker('create', result));
    await expect(engine.create(`${repository}@${digest}`, platform, run)).rejects.toMatchObject({
      code: 'engine-create-failed',
      next: 'does the command exist in the image?',
    });
  });

  it('without a command says that the image has none', async () => {
    const { engine } = engineWith(docker('create', { exitCode: 1 }));
    await expect(engine.create(`${repository}@${digest}`, platform, { ...run, command: [] })).rejects.toMatchObject({
      next: expect.stringContaining('no command of its own'),
    });
  });

  it('of a killed run is found by its owner, with the networks and volumes of services', async () => {
    const { engine, exec } = engineWith(
      docker('ps', { stdout: 'aa\nbb\n' }),
      docker('network', { stdout: 'nn\n' }),
      docker('volume', {}),
      docker('rm', {}),
    );
    expect(await engine.removeOwned('run-1')).toBe(2);
    const owned = 'label=slipway.owner=run-1';
    expect(exec.calls.map(({ args }) => args.slice(args[0] === 'rm' ? 3 : 0).join(' '))).toEqual([
      `ps --all --quiet --filter ${owned}`,
      'aa bb',
      `network ls --quiet --filter ${owned}`,
      'network rm nn',
      `volume ls --quiet --filter ${owned}`,
    ]);
  });
});
