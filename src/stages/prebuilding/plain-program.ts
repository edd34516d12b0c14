import { type ContainerCommand, execInContainer } from '../../clients/engine-exec.ts';
import type { PlainStart } from '../../domain/devcontainer/plain-start.ts';
import type { ExecResult } from '../../ports/exec.ts';
import type { Ports } from '../../ports/ports.ts';

/** How long a start, or a hook, may take. */
export const startMs = 1_800_000;

/** A container that was started without the CLI. */
export interface EnteredContainer {
  readonly plain: PlainStart;
  readonly container: string;
  /** The environment of docker's command line. */
  readonly clientEnv: Readonly<Record<string, string>>;
}

/** Runs a program there. */
export function runInPlain(
  ports: Pick<Ports, 'exec' | 'files'>,
  { plain, container, clientEnv }: EnteredContainer,
  wanted: Pick<ContainerCommand, 'user' | 'command' | 'own' | 'onLine'> &
    Partial<Pick<ContainerCommand, 'env' | 'timeoutMs'>>,
): Promise<ExecResult> {
  const at = { container, workdir: plain.workspaceFolder, timeoutMs: startMs, env: {} };
  return execInContainer(ports, { ...at, ...wanted }, clientEnv);
}

/** A script is always the same; what it is about stands behind it. */
export function shell(script: string, args: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', script, 'sh', ...args];
}
