import childProcess from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before a program that is measured: writes down each program that it starts, from when to when.
const file = process.env.SLIPWAY_BENCH_CHILDREN;
const { spawn } = childProcess;

childProcess.spawn = (program, args, options) => {
  const startMs = performance.timeOrigin + performance.now();
  const child = spawn(program, args, options);
  child.on('close', () => {
    const endMs = performance.timeOrigin + performance.now();
    appendFileSync(file, `${JSON.stringify({ startMs, endMs, command: [program, ...args] })}\n`);
  });
  return child;
};
syncBuiltinESMExports();
