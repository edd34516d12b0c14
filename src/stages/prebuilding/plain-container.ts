import { type ContainerCommand, execInContainer } from '../../clients/engine-exec.ts';
import type { PlainStart } from '../../domain/devcontainer/plain-start.ts';
import { ToolError } from '../../domain/errors.ts';
import type { StartedContainer } from '../../formats/devcontainer-result.ts';
import type { ExecResult } from '../../ports/exec.ts';
import type { Ports } from '../../ports/ports.ts';
import { withoutTerminal } from './in-container.ts';
import { lookScript, pairEnd, partEnd, patchFirst, patchScript, renumberScript } from './plain-script.ts';
import { type ContainerFacts, envOfPairs, factsScript } from './probe.ts';

type PlainPorts = Pick<Ports, 'exec' | 'files' | 'log'>;

const startMs = 1_800_000;

/** A container that was started without the CLI. */
export interface EnteredContainer {
  readonly plain: PlainStart;
  readonly container: string;
  /** The environment of docker's command line. */
  readonly clientEnv: Readonly<Record<string, string>>;
}

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

/** Prepares a new container as the CLI does, and asks it what it is like; undefined where it does not answer. */
export async function enterPlain(ports: PlainPorts, entered: EnteredContainer): Promise<ContainerFacts | undefined> {
  const { plain } = entered;
  const lines = Object.entries(plain.containerEnv).map(([name, value]) => `\n${name}="${value}"`);
  const patch = `${lines.join('')}\n`;
  if (['root', '0'].includes(plain.user)) return lookAround(ports, entered, patch);
  const { user, numbers } = plain;
  const asRoot =
    numbers === undefined
      ? shell(patchScript, [patch])
      : shell(patchFirst + renumberScript, [patch, user, `${numbers.uid}`, `${numbers.gid}`]);
  const { exitCode } = await runIn(ports, entered, { user: 'root', command: asRoot });
  if (numbers === undefined || exitCode === 0) return lookAround(ports, entered);
  // A container whose user has another number than it should is nobody's.
  const removal = ['rm', '--force', '--volumes', entered.container];
  await ports.exec.run('docker', removal, { timeoutMs: 60_000, cleanup: true });
  return undefined;
}

/** Asks the container what it is like for its user; where that is the superuser, it can be prepared on the way. */
export async function lookAround(
  ports: PlainPorts,
  entered: EnteredContainer,
  patch?: string,
): Promise<ContainerFacts | undefined> {
  const { user, containerEnv, remoteEnv, workdir, probe } = entered.plain;
  const asked = `${factsScript}\ncat /proc/self/environ | tr '\\0' '\\036'`;
  const args = [user, containerEnv.SHELL ?? '', workdir, probe, remoteEnv.PATH ?? '', asked];
  const command = patch === undefined ? shell(lookScript, args) : shell(patchFirst + lookScript, [patch, ...args]);
  const { exitCode, stdout } = await runIn(ports, entered, { user, command });
  const [bash = '', python, ...pairs] = stdout.split(partEnd)[1]?.split(pairEnd) ?? [];
  if (exitCode !== 0 || python === undefined) return undefined;
  const env = { ...envOfPairs(pairs), ...remoteEnv };
  return { env, hasBash: bash !== '', python: python === '' ? undefined : python };
}

/** Runs the hooks of the container one after the other, and the commands of one beside each other. */
export async function runPlainHooks(
  ports: PlainPorts,
  entered: EnteredContainer,
  { facts, env }: { readonly facts: ContainerFacts; readonly env: Readonly<Record<string, string>> },
): Promise<void> {
  const { user, hooks } = entered.plain;
  const own = withoutTerminal(facts.env);
  for (const { name, origin, commands } of hooks) {
    const what = `${name} from ${origin === 'devcontainer.json' ? origin : `Feature '${origin}'`}`;
    ports.log.info(`Running the ${what}...`);
    const ended = await Promise.all(
      commands.map((command) =>
        runIn(ports, entered, {
          ...{ user, command, own, env },
          onLine: (line) => ports.log.info(line),
        }),
      ),
    );
    const failed = ended.find(({ exitCode }) => exitCode !== 0);
    if (failed !== undefined) throw hookFailed(what, failed.exitCode);
  }
}

function runIn(
  ports: PlainPorts,
  { plain, container, clientEnv }: EnteredContainer,
  wanted: Pick<ContainerCommand, 'user' | 'command' | 'own' | 'onLine'> & Partial<Pick<ContainerCommand, 'env'>>,
): Promise<ExecResult> {
  const at = { container, workdir: plain.workspaceFolder, timeoutMs: startMs, env: {} };
  return execInContainer(ports, { ...at, ...wanted }, clientEnv);
}

/** A script is always the same; what it is about stands behind it. */
function shell(script: string, args: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', script, 'sh', ...args];
}

function hookFailed(what: string, exitCode: number): ToolError {
  return new ToolError({
    code: 'devcontainer-hook-failed',
    what: `${what} ended with exit code ${exitCode}`,
    where: 'the container',
    state: 'the command was not run',
    next: 'its last lines are above',
  });
}
