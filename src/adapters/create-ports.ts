import type { Ports } from '../ports/ports.ts';
import { createClock } from './clock.ts';
import { readEnv } from './env.ts';
import { createFiles } from './files.ts';
import { createRandom } from './random.ts';
import { createSignals } from './signals.ts';
import { createTerminalLog } from './terminal-log.ts';

/** Everything outside of us, for a program at a desk. */
export function createPorts({ verbose = false }: { readonly verbose?: boolean } = {}): Ports & AsyncDisposable {
  const env = readEnv();
  const signals = createSignals();
  const clock = createClock(signals);
  // Processes and sockets cost more to load than the whole start of a command that needs none.
  const exec = once(async () => (await import('./exec.ts')).createExec(signals));
  const http = once(async () => (await import('./http.ts')).createHttp(clock, signals));
  const httpServer = once(async () => (await import('./http-server.ts')).createHttpServer());
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
    exec: { run: async (...given) => (await exec.get()).run(...given) },
    files: createFiles(),
    http: { send: async (...given) => (await http.get()).send(...given) },
    httpServer: { listen: async (...given) => (await httpServer.get()).listen(...given) },
    log,
    random: createRandom(),
    signals,
    async [Symbol.asyncDispose]() {
      log[Symbol.dispose]();
      (await http.made())?.[Symbol.dispose]();
      signals[Symbol.dispose]();
    },
  };
}

/** Makes a thing when it is first asked for, and only once. */
function once<T>(make: () => Promise<T>): {
  readonly get: () => Promise<T>;
  readonly made: () => Promise<T> | undefined;
} {
  let made: Promise<T> | undefined;
  const get = (): Promise<T> => {
    made ??= make();
    return made;
  };
  return { get, made: () => made };
}
