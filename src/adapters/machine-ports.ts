import { Redactor } from '../domain/redactor.ts';
import type { Ports } from '../ports/ports.ts';
import { createClock } from './clock.ts';
import { readEnv } from './env.ts';
import { createFiles } from './files.ts';
import { createProcesses } from './processes.ts';
import { createRandom } from './random.ts';
import { createSignals } from './signals.ts';

/** Everything outside of us but the one who listens: that is a terminal, or a runner. */
export type MachinePorts = Omit<Ports, 'log'> & AsyncDisposable;

/** The machine that we run on. */
export function createMachinePorts(): MachinePorts {
  const signals = createSignals();
  const clock = createClock(signals);
  // Processes and sockets cost more to load than the whole start of a command that needs none.
  const exec = once(async () => (await import('./exec.ts')).createExec(signals));
  const http = once(async () => (await import('./http.ts')).createHttp(clock, signals));
  const httpServer = once(async () => (await import('./http-server.ts')).createHttpServer());
  return {
    clock,
    env: readEnv(),
    exec: { run: async (...given) => (await exec.get()).run(...given) },
    files: createFiles(),
    http: { send: async (...given) => (await http.get()).send(...given) },
    httpServer: { listen: async (...given) => (await httpServer.get()).listen(...given) },
    processes: createProcesses(),
    random: createRandom(),
    secrets: new Redactor(),
    signals,
    async [Symbol.asyncDispose]() {
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
