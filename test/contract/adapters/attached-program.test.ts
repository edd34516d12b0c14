import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../../script/commands/project.ts';

const loader = path.join(root, 'node_modules/tsx/dist/loader.mjs');
const adapter = path.join(root, 'src/adapters/exec.ts');

/** Runs a program as an attached one, in a process of ours whose input and output can be looked at. */
function attach(script: string, input: string, stopAfter?: RegExp) {
  const program = [
    `import { createExec } from ${JSON.stringify(adapter)};`,
    'const stop = new AbortController();',
    "process.on('SIGTERM', () => stop.abort(new Error('asked to stop')));",
    'const exec = createExec({ cancelled: stop.signal });',
    `const args = ['-e', ${JSON.stringify(script)}];`,
    'const env = { ONLY: "this" };',
    'exec.run(process.execPath, args, { attached: true, env, graceMs: 300 }).then(',
    '  (result) => console.error(JSON.stringify(result)),',
    '  (error) => console.error(error.message),',
    ');',
  ].join('\n');
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '--eval', program]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
    if (stopAfter?.test(stdout)) child.kill('SIGTERM');
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  child.stdin.end(input);
  return new Promise<{ stdout: string; stderr: string }>((resolve) => {
    child.on('close', () => resolve({ stdout, stderr: stderr.trim() }));
  });
}

describe('an attached program', () => {
  it('reads our input, prints where we print, and is captured in nothing', async () => {
    const script =
      'process.stdin.on("data", (d) => console.log(`${process.env.ONLY}: ${d}`)).on("end", () => process.exit(5))';
    expect(await attach(script, 'words')).toEqual({
      stdout: 'this: words\n',
      stderr: '{"exitCode":5,"stdout":"","stderr":""}',
    });
  });

  it('has no environment but what it is given, and our group, which a terminal hears', async () => {
    const script =
      'const { execFileSync } = require("child_process"); const group = (pid) => execFileSync("/bin/ps", ["-o", "pgid=", "-p", pid]).toString().trim();' +
      'console.log(Object.keys(process.env).join(), group(process.pid) === group(process.ppid))';
    expect((await attach(script, '')).stdout).toBe('ONLY true\n');
  });

  it('ends when we are asked to stop, also one that does not want to', async () => {
    const script = 'process.on("SIGTERM", () => {}); console.log("up"); setTimeout(() => {}, 200000)';
    const started = Date.now();
    expect(await attach(script, '', /up/)).toEqual({ stdout: 'up\n', stderr: 'asked to stop' });
    expect(Date.now() - started).toBeLessThan(150_000);
  });

  it('that does not exist has the exit code of a shell', async () => {
    const { createExec } = await import('../../../src/adapters/exec.ts');
    const exec = createExec({ cancelled: new AbortController().signal });
    expect(await exec.run('no-such-program', [], { attached: true })).toMatchObject({ exitCode: 127 });
  });
});
