import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createExec } from '../../../src/adapters/exec.ts';
import { CancelledError } from '../../../src/domain/errors.ts';

const node = process.execPath;
const never = { cancelled: new AbortController().signal };
const exec = createExec(never);
const cancelled = new CancelledError({ code: 'cancelled', what: 'stop', state: 'stopped', next: 'again' });
const mebibyte = 1024 * 1024;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function ends(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (!isAlive(pid)) return true;
    await sleep(100);
  }
  return false;
}

describe('running a program', () => {
  it('gives its output and its exit code', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 7';
    expect(await exec.run(node, ['-e', script])).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes arguments as they are, without a shell', async () => {
    const args = ['$HOME', '*', '; echo no', 'a "b" \'c\'', ''];
    const { stdout } = await exec.run(node, ['-p', 'JSON.stringify(process.argv.slice(1))', '--', ...args]);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it('gets our environment without inputs, tokens and the files of the runner', async () => {
    const ours = { 'INPUT_REGISTRY-PASSWORD': 'x', GITHUB_TOKEN: 'x', ACTIONS_RUNTIME_TOKEN: 'x', KEPT_BY_TEST: 'y' };
    Object.assign(process.env, ours);
    try {
      const { stdout } = await exec.run(node, ['-p', 'Object.keys(process.env).join()']);
      const names = stdout.trim().split(',');
      expect(Object.keys(ours).filter((name) => names.includes(name))).toEqual(['KEPT_BY_TEST']);
      expect(names).toContain('PATH');
    } finally {
      for (const name of Object.keys(ours)) delete process.env[name];
    }
  });

  it('gives the program the environment and nothing else', async () => {
    const { stdout } = await exec.run(node, ['-p', 'Object.keys(process.env).join()'], { env: { ONLY: '1' } });
    expect(stdout).toBe('ONLY\n');
  });

  it('feeds the input', async () => {
    const { stdout } = await exec.run(node, ['-e', 'process.stdin.pipe(process.stdout)'], { stdin: 'grüße' });
    expect(stdout).toBe('grüße');
  });

  it('has an empty input without one, so that nothing waits for a keyboard', async () => {
    const { stdout } = await exec.run(node, ['-p', 'require("fs").readFileSync(0).length']);
    expect(stdout).toBe('0\n');
  });

  it('does not mind a program that leaves its input unread', async () => {
    const stdin = Buffer.alloc(8 * mebibyte);
    expect((await exec.run(node, ['-e', 'process.exit(3)'], { stdin })).exitCode).toBe(3);
  });

  it('answers 127 for a program that does not exist', async () => {
    const result = await exec.run('no-such-program-anywhere', []);
    expect(result).toEqual({ exitCode: 127, stdout: '', stderr: 'no-such-program-anywhere: not found' });
  });

  it('tells a missing folder from a missing program', async () => {
    await expect(exec.run(node, ['-v'], { cwd: join(tmpdir(), 'no-such-folder') })).rejects.toMatchObject({
      code: 'folder-missing',
      where: join(tmpdir(), 'no-such-folder'),
    });
  });

  it('answers 126 for what is no program', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    expect((await exec.run(folder, [])).exitCode).toBe(126);
    await rm(folder, { recursive: true });
  });

  it('gives the exit code of a shell when a signal ended the program', async () => {
    expect((await exec.run(node, ['-e', 'process.kill(process.pid, "SIGKILL")'])).exitCode).toBe(137);
  });
});

describe('the output', () => {
  it('T26 keeps the last mebibyte of a flood, and memory stays bounded', async () => {
    const script = `
      const piece = Buffer.alloc(1048576, 'x'); let left = 256;
      (function next() { if (left-- > 0) process.stdout.write(piece, next); else process.stdout.write('the end'); })();`;
    const before = process.memoryUsage().rss;
    const { stdout } = await exec.run(node, ['-e', script]);
    expect(stdout).toHaveLength(mebibyte);
    expect(stdout.endsWith('xthe end')).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * mebibyte);
  });

  it('does not begin inside of a character when it was cut', async () => {
    const script = 'process.stdout.write("€".repeat(500000))';
    const { stdout } = await exec.run(node, ['-e', script]);
    expect(stdout).toBe('€'.repeat(Math.floor(mebibyte / 3)));
  });

  it('puts characters together that arrive in parts', async () => {
    const script = `
      const bytes = [...Buffer.from('a€😀\\n')];
      (function next() { if (bytes.length) process.stdout.write(Buffer.from([bytes.shift()]), () => setTimeout(next, 5)); })();`;
    const lines: string[] = [];
    const { stdout } = await exec.run(node, ['-e', script], { onLine: (line) => lines.push(line) });
    expect({ stdout, lines }).toEqual({ stdout: 'a€😀\n', lines: ['a€😀'] });
  });

  it('is told line by line, without line endings, the last one too', async () => {
    const lines: string[] = [];
    const script = 'process.stdout.write("one\\r\\n\\ntwo\\nthree"); process.stderr.write("four\\n")';
    await exec.run(node, ['-e', script], { onLine: (line, stream) => lines.push(`${stream} ${line}`) });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout one',
      'stdout ',
      'stdout two',
      'stdout three',
    ]);
    expect(lines).toContain('stderr four');
  });

  it('T26 splits a line that is too long', async () => {
    const lengths: number[] = [];
    const script = 'process.stdout.write("x".repeat(150000) + "\\n")';
    await exec.run(node, ['-e', script], { onLine: (line) => lengths.push(line.length) });
    expect(lengths).toEqual([65536, 65536, 150000 - 2 * 65536]);
  });

  it('ends the program when its listener throws, with that exception', async () => {
    const onLine = (): never => {
      throw new Error('mine');
    };
    const script = 'console.log("x"); setInterval(() => {}, 1000)';
    await expect(exec.run(node, ['-e', script], { onLine })).rejects.toThrow('mine');
  });
});

describe('the end of a program', () => {
  const family = `
    const { spawn } = require('child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    console.log(child.pid);`;

  it('ends the whole group when the time is over', async () => {
    const result = await exec.run(node, ['-e', `${family} setInterval(() => {}, 1000)`], { timeoutMs: 8000 });
    expect(result.exitCode).toBe(124);
    expect(await ends(Number(result.stdout))).toBe(true);
  });

  it.each([
    [50, ''],
    [30_000, 'it had the time\n'],
  ])('gives a stubborn program %p ms when the time is over', async (graceMs, stdout) => {
    const script = 'trap "" TERM; sleep 6; echo it had the time';
    const result = await exec.run('sh', ['-c', script], { timeoutMs: 4000, graceMs });
    expect([result.exitCode, result.stdout]).toEqual([124, stdout]);
  });

  it('does not wait for a helper that holds the output open', async () => {
    const started = Date.now();
    const result = await exec.run(node, ['-e', `${family} child.unref(); process.exitCode = 5`]);
    const helper = Number(result.stdout);
    expect(result.exitCode).toBe(5);
    expect(Date.now() - started).toBeLessThan(20_000);
    process.kill(helper, 'SIGKILL');
  });

  it('ends the program, also a stubborn one, before it says that it was cancelled', async () => {
    const controller = new AbortController();
    let pid = 0;
    const script = 'process.on("SIGTERM", () => {}); console.log(process.pid); setInterval(() => {}, 1000)';
    const run = createExec({ cancelled: controller.signal }).run(node, ['-e', script], {
      onLine: (line) => {
        pid = Number(line);
        controller.abort(cancelled);
      },
    });
    await expect(run).rejects.toBe(cancelled);
    expect(isAlive(pid)).toBe(false);
  }, 30_000);

  it('starts nothing after the cancellation', async () => {
    const run = createExec({ cancelled: AbortSignal.abort(cancelled) }).run(node, ['-v']);
    await expect(run).rejects.toBe(cancelled);
  });

  it('leaves no program behind when our own process ends', async () => {
    const adapter = new URL('../../../src/adapters/exec.ts', import.meta.url).href;
    const script = `
      const { createExec } = await import(${JSON.stringify(adapter)});
      void createExec({ cancelled: new AbortController().signal }).run(process.execPath,
        ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'],
        { onLine: (line) => process.stdout.write(line, () => process.exit(0)) });`;
    const { stdout, stderr } = await exec.run(node, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(await ends(Number(stdout))).toBe(true);
  }, 30_000);
});
