import type { PlainStart } from '../../domain/devcontainer/plain-start.ts';
import type { StartedContainer } from '../../formats/devcontainer-result.ts';
import type { Ports } from '../../ports/ports.ts';
import type { HooksOnTheWay } from './plain-hooks.ts';
import { type EnteredContainer, runInPlain, shell, startMs } from './plain-program.ts';
import { hooksScript, lookScript, pairEnd, partEnd, patchFirst, patchScript, renumberScript } from './plain-script.ts';
import { type ContainerFacts, envOfPairs, factsScript } from './probe.ts';

type PlainPorts = Pick<Ports, 'exec' | 'files'>;

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

/**
 * Prepares a new container as the CLI does, runs hooks that can run on the way, and asks it what it is like; undefined where it
 * does not answer.
 */
export async function enterPlain(
  ports: PlainPorts,
  entered: EnteredContainer,
  hooks?: HooksOnTheWay,
): Promise<ContainerFacts | undefined> {
  const { plain } = entered;
  const lines = Object.entries(plain.containerEnv).map(([name, value]) => `\n${name}="${value}"`);
  const patch = `${lines.join('')}\n`;
  if (['root', '0'].includes(plain.user)) return lookAround(ports, entered, { patch, hooks });
  const { user, numbers } = plain;
  const asRoot =
    numbers === undefined
      ? shell(patchScript, [patch])
      : shell(patchFirst + renumberScript, [patch, user, `${numbers.uid}`, `${numbers.gid}`]);
  const { exitCode } = await runInPlain(ports, entered, { user: 'root', command: asRoot });
  if (numbers === undefined || exitCode === 0) return lookAround(ports, entered, { hooks });
  // A container whose user has another number than it should is nobody's.
  const removal = ['rm', '--force', '--volumes', entered.container];
  const removed = await ports.exec.run('docker', removal, { timeoutMs: 60_000, cleanup: true });
  // The CLI would find it, and work in it.
  if (removed.exitCode !== 0) throw new Error(`the container ${entered.container} stays: ${removed.stderr.trim()}`);
  return undefined;
}

/** Asks the container what it is like for its user; where that is the superuser, it can be prepared on the way. */
export async function lookAround(
  ports: PlainPorts,
  entered: EnteredContainer,
  { patch, hooks }: { readonly patch?: string; readonly hooks?: HooksOnTheWay | undefined } = {},
): Promise<ContainerFacts | undefined> {
  const { user, containerEnv, remoteEnv, workdir, probe } = entered.plain;
  const asked = `${factsScript}\ncat /proc/self/environ | tr '\\0' '\\036'`;
  const args = [user, containerEnv.SHELL ?? '', workdir, probe, remoteEnv.PATH ?? '', asked, ...(hooks?.texts ?? [])];
  const script = hooks === undefined ? lookScript : hooksScript;
  const command = patch === undefined ? shell(script, args) : shell(patchFirst + script, [patch, ...args]);
  const timeoutMs = startMs * (1 + (hooks?.texts.length ?? 0));
  const { exitCode, stdout } = await runInPlain(ports, entered, { user, command, timeoutMs, ...hooks?.listener });
  hooks?.requireWell(exitCode);
  // What hooks say may be anything, and stands before it.
  const [bash = '', python, ...pairs] = stdout.split(partEnd).at(-1)?.split(pairEnd) ?? [];
  if (exitCode !== 0 || python === undefined) return undefined;
  const env = { ...envOfPairs(pairs), ...remoteEnv };
  return { env, hasBash: bash !== '', python: python === '' ? undefined : python };
}
