import type { Ports } from '../ports/ports.ts';
import { createMachinePorts } from './machine-ports.ts';
import { addProxySecrets } from './proxy-secrets.ts';
import { redactedLog } from './redacted.ts';
import { createTerminalLog } from './terminal-log.ts';

/** Everything outside of us, for a program at a desk. */
export function createPorts({ verbose = false }: { readonly verbose?: boolean } = {}): Ports & AsyncDisposable {
  const machine = createMachinePorts();
  addProxySecrets(machine.secrets, machine.env);
  const log = createTerminalLog({
    write: (text) => process.stderr.write(text),
    isTty: process.stderr.isTTY === true && machine.env.TERM !== 'dumb',
    size: () => ({ columns: process.stderr.columns ?? 80, rows: process.stderr.rows ?? 24 }),
    verbose,
    // Set but empty means nothing: https://no-color.org
    colour: (machine.env.NO_COLOR ?? '') === '',
  });
  return {
    ...machine,
    log: redactedLog(log, machine.secrets),
    async [Symbol.asyncDispose]() {
      log[Symbol.dispose]();
      await machine[Symbol.asyncDispose]();
    },
  };
}
