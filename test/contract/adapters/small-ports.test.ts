import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { createClock } from '../../../src/adapters/clock.ts';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { readEnv } from '../../../src/adapters/env.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { CancelledError } from '../../../src/domain/errors.ts';

const adapter = (name: string) => JSON.stringify(new URL(`../../../src/adapters/${name}`, import.meta.url).href);

/** A process of ours that says "ready", and what it said until it ended. */
function start(script: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece) => {
      output += piece;
    });
  }
  const says = async (text: string) => {
    while (!output.includes(text) && child.exitCode === null) await once(child.stdout, 'data');
  };
  return { child, says, output: () => output };
}

describe('signals', () => {
  const script = `
    const { createSignals } = await import(${adapter('signals.ts')});
    const { cancelled } = createSignals();
    cancelled.addEventListener('abort', () => console.log(cancelled.reason.name, cancelled.reason.message));
    setInterval(() => {}, 1000);
    console.log('ready');`;

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s asks to stop, and a SIGINT after it ends at once',
    async (signal) => {
      const { child, says, output } = start(script);
      await says('ready');
      child.kill(signal);
      await says('CancelledError');
      expect(output()).toContain(`CancelledError cancelled: someone asked us to stop (${signal})`);
      expect(child.exitCode).toBeNull();
      child.kill('SIGINT');
      const [code] = await once(child, 'close');
      expect(code).toBe(130);
    },
    30_000,
  );

  it('are the system’s again after disposal', async () => {
    const { child, says } = start(`
      const { createSignals } = await import(${adapter('signals.ts')});
      createSignals()[Symbol.dispose]();
      setInterval(() => {}, 1000);
      console.log('ready');`);
    await says('ready');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
  }, 30_000);
});

describe('the clock', () => {
  it('sleeps at least as long as it is told', async () => {
    const clock = createClock();
    const before = clock.now().getTime();
    await clock.sleep(50);
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(45);
  });

  it('wakes up when we are asked to stop', async () => {
    const controller = new AbortController();
    const reason = new CancelledError({ code: 'cancelled', what: 'stop', state: 'stopped', next: 'again' });
    const sleep = createClock({ cancelled: controller.signal }).sleep(3_600_000);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
  });
});

describe('random digits', () => {
  it('are as many as asked for, and new each time', () => {
    const random = createRandom();
    expect(random.hex(7)).toMatch(/^[0-9a-f]{7}$/);
    expect(random.hex(32)).not.toBe(random.hex(32));
  });
});

describe('the environment', () => {
  it('is a copy that nobody can change', () => {
    process.env.SLIPWAY_TEST = 'before';
    const env = readEnv();
    process.env.SLIPWAY_TEST = 'after';
    expect(env.SLIPWAY_TEST).toBe('before');
    expect(Object.isFrozen(env)).toBe(true);
    delete process.env.SLIPWAY_TEST;
  });
});

describe('all ports', () => {
  it('are made together and disposed of together', async () => {
    const before = process.listenerCount('SIGTERM');
    const ports = createPorts();
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    expect((await ports.exec.run(process.execPath, ['-p', '1'])).stdout).toBe('1\n');
    await ports[Symbol.asyncDispose]();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
