import { type DevcontainerCommand, fillLocal } from '../../domain/devcontainer/config.ts';
import { ToolError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';

/** Runs initializeCommand on this machine, once and before anything is hashed, for it may make what is built. */
export async function runInitializeCommand(
  { exec, log }: Pick<Ports, 'exec' | 'log'>,
  command: DevcontainerCommand | undefined,
  here: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
): Promise<void> {
  const isMap = typeof command === 'object' && !Array.isArray(command);
  const commands = command === undefined ? [] : isMap ? Object.values(command) : [command];
  for (const one of commands) {
    const fill = (text: string): string => fillLocal(text, here);
    const [program = '', ...args] = typeof one === 'string' ? ['/bin/sh', '-c', fill(one)] : one.map(fill);
    if (program === '') continue;
    const result = await exec.run(program, args, { cwd: here.folder, onLine: (line) => log.info(line) });
    if (result.exitCode !== 0) throw failed(result.exitCode);
  }
}

function failed(exitCode: number): ToolError {
  return new ToolError({
    code: 'devcontainer-initialize-failed',
    what: `initializeCommand ended with exit code ${exitCode}`,
    where: 'devcontainer.json',
    state: 'nothing was built',
    next: 'its last lines are above; it runs on the machine itself, in the folder of the repository',
  });
}
