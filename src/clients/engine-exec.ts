import type { Exec, ExecResult } from '../ports/exec.ts';
import type { Files } from '../ports/files.ts';

/** A program to be run in a container that runs. */
export interface ContainerCommand {
  readonly container: string;
  readonly user: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the container says of its own environment, and so may say of anything; `env` comes before it. */
  readonly own?: Readonly<Record<string, string>> | undefined;
  readonly command: readonly string[];
  readonly timeoutMs?: number | undefined;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/**
 * Runs a program in a container. Values that we give it are in no argument list: they go through a file that only we can
 * read, and those of several lines, which such a file cannot hold, through the environment of the client. A container
 * has no say in that environment: its own values of several lines are arguments.
 */
export async function execInContainer(
  { exec, files }: { readonly exec: Exec; readonly files: Pick<Files, 'tempFolder' | 'write'> },
  { container, user, workdir, env, own = {}, command, timeoutMs, onLine }: ContainerCommand,
  clientEnv: Readonly<Record<string, string>>,
): Promise<ExecResult> {
  const isLong = ([, value]: readonly [string, string]): boolean => /[\r\n]/.test(value);
  const long = Object.entries(env).filter(isLong);
  const ownLong = Object.entries(own).filter((pair) => isLong(pair) && env[pair[0]] === undefined);
  const short = Object.entries({ ...own, ...env }).filter((pair) => !isLong(pair));
  await using folder = await files.tempFolder('slipway-env-');
  const file = `${folder.path}/env`;
  await files.write(file, short.map(([name, value]) => `${name}=${value}\n`).join(''));
  const args = [
    ...['exec', '--user', user, '--workdir', workdir, '--env-file', file],
    ...ownLong.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...long.flatMap(([name]) => ['--env', name]),
    container,
    ...command,
  ];
  // Awaited here: the file is gone as soon as this function returns.
  return await exec.run('docker', args, {
    env: { ...clientEnv, ...Object.fromEntries(long) },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onLine === undefined ? {} : { onLine }),
  });
}
