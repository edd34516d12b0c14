import type { Ports } from '../ports/ports.ts';
import { createClock } from './clock.ts';
import { readEnv } from './env.ts';
import { createExec } from './exec.ts';
import { createFiles } from './files.ts';
import { createHttp } from './http.ts';
import { createHttpServer } from './http-server.ts';
import { createRandom } from './random.ts';
import { createSignals } from './signals.ts';
import { createTerminalLog } from './terminal-log.ts';

/** Everything outside of us, for a program at a desk. */
export function createPorts({ verbose = false }: { readonly verbose?: boolean } = {}): Ports & AsyncDisposable {
  const env = readEnv();
  const signals = createSignals();
  const clock = createClock(signals);
  const http = createHttp(clock, signals);
  const log = createTerminalLog({
    write: (text) => process.stderr.write(text),
    isTty: process.stderr.isTTY === true && env.TERM !== 'dumb',
    size: () => ({ columns: process.stderr.columns ?? 80, rows: process.stderr.rows ?? 24 }),
    verbose,
    // Set but empty means nothing: https://no-color.org
    colour: (env.NO_COLOR ?? '') === '',
  });
  return {
    clock,
    env,
    exec: createExec(signals),
    files: createFiles(),
    http,
    httpServer: createHttpServer(),
    log,
    random: createRandom(),
    signals,
    async [Symbol.asyncDispose]() {
      log[Symbol.dispose]();
      http[Symbol.dispose]();
      signals[Symbol.dispose]();
    },
  };
}
