import { execInContainer } from '../../clients/engine-exec.ts';
import type { PlainStart } from '../../domain/devcontainer/plain-start.ts';
import type { Hook } from '../../domain/devcontainer/start-metadata.ts';
import { ToolError } from '../../domain/errors.ts';
import type { StartedContainer } from '../../formats/devcontainer-result.ts';
import type { Ports } from '../../ports/ports.ts';
import { givenPrefixes, hookFailed, pairEnd, partEnd, patchScript, sessionScript } from './plain-script.ts';
import { type ContainerFacts, envOfPairs } from './probe.ts';

type PlainPorts = Pick<Ports, 'exec' | 'files' | 'log'>;

const startMs = 1_800_000;

/** Starts the container; undefined where docker does not, and the CLI then says why. */
export async function runPlain({ exec }: PlainPorts, plain: PlainStart): Promise<StartedContainer | undefined> {
  // What a stopped run leaves is found by the label.
  const args = ['run', '--detach', ...plain.args];
  const made = await exec.run('docker', args, { timeoutMs: startMs });
  const containerId = made.stdout.trim();
  if (made.exitCode !== 0 || !/^[0-9a-f]{64}$/.test(containerId)) return undefined;
  const { user, workspaceFolder: remoteWorkspaceFolder } = plain;
  return { outcome: 'success', containerId, remoteUser: user === '0' ? 'root' : user, remoteWorkspaceFolder };
}

/** Asks the container what it is like, and runs hooks in it; undefined where that could not even begin. */
export async function enterPlain(
  ports: PlainPorts,
  { plain, container, clientEnv }: EnteredContainer,
  wanted: { readonly isNew: boolean; readonly hooks: readonly Hook[]; readonly env: Readonly<Record<string, string>> },
): Promise<ContainerFacts | undefined> {
  const { isNew, hooks, env } = wanted;
  const { user, workspaceFolder: workdir, remoteEnv } = plain;
  const isRoot = user === 'root' || user === '0';
  const patch = isNew ? `( ${patchScript(plain)}\n) >/dev/null 2>&1\n` : '';
  const at = { container, workdir, timeoutMs: startMs };
  const script = (text: string): readonly string[] => ['/bin/sh', '-c', text];
  if (isNew && !isRoot) {
    await execInContainer(ports, { ...at, user: 'root', env: {}, command: script(patch) }, clientEnv);
  }
  const under = (prefix: string, given: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
    Object.entries(given).map(([name, value]) => [prefix + name, value]);
  const hookEnv = hooks.length === 0 ? {} : env;
  const passed = [...under(givenPrefixes.remote, remoteEnv), ...under(givenPrefixes.hook, hookEnv)];
  const session = sessionScript(plain, { hooks, names: Object.keys(hookEnv), label: container });
  const result = await execInContainer(
    ports,
    {
      ...at,
      user,
      env: Object.fromEntries(passed),
      command: script(`${isRoot ? patch : ''}${session}`),
      onLine: (line, stream) => {
        if (stream === 'stderr') ports.log.info(line);
      },
    },
    clientEnv,
  );
  const [, ...parts] = result.stdout.split(partEnd);
  if (result.exitCode === hookFailed) throw hookDidFail(parts);
  const [bash = '', python, ...pairs] = parts[0]?.split(pairEnd) ?? [];
  if (python !== undefined) {
    return { env: envOfPairs(pairs), hasBash: bash !== '', python: python === '' ? undefined : python };
  }
  // Hooks run once; what has not begun can begin elsewhere.
  if (parts.length > 0 && hooks.length > 0) throw hookDidFail(['the hooks', `${result.exitCode}`]);
  return undefined;
}

/** A container that was started without the CLI. */
export interface EnteredContainer {
  readonly plain: PlainStart;
  readonly container: string;
  /** The environment of docker's command line. */
  readonly clientEnv: Readonly<Record<string, string>>;
}

function hookDidFail([what = 'a hook', code = '']: readonly string[]): ToolError {
  return new ToolError({
    code: 'devcontainer-hook-failed',
    what: `${what} ended with exit code ${code}`,
    where: 'the container',
    state: 'the command was not run',
    next: 'its last lines are above',
  });
}
