import type { ContainerCommand } from '../../clients/engine-exec.ts';
import type { PlainStart } from '../../domain/devcontainer/plain-start.ts';
import type { Hook } from '../../domain/devcontainer/start-metadata.ts';
import { ToolError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { withoutTerminal } from './in-container.ts';
import { type EnteredContainer, runInPlain } from './plain-program.ts';
import { hookMark, partEnd } from './plain-script.ts';
import type { ContainerFacts } from './probe.ts';

type Log = Pick<Ports['log'], 'info'>;

/** Hooks that run within the program that asks the container what it is like. */
export interface HooksOnTheWay {
  readonly texts: readonly string[];
  readonly listener: Required<Pick<ContainerCommand, 'onLine'>>;
  /** Throws if one of them did not end well. */
  requireWell(exitCode: number): void;
}

/**
 * The hooks, if each is one text for a shell and nobody gives them variables: what such a program is given stands in its arguments,
 * where no value may be that is meant for few.
 */
export function hooksOnTheWay(
  log: Log,
  { hooks, remoteEnv }: Pick<PlainStart, 'hooks' | 'remoteEnv'>,
  env: Readonly<Record<string, string>>,
): HooksOnTheWay | undefined {
  const texts = hooks.map(textOf).filter((text) => text !== undefined);
  const hasOwn = Object.keys(env).length > 0 || Object.keys(remoteEnv).some((name) => name !== 'PATH');
  if (hooks.length === 0 || texts.length < hooks.length || hasOwn) return undefined;
  let last: Hook | undefined;
  let isOver = false;
  return {
    texts,
    listener: {
      onLine(line, stream) {
        const at = stream === 'stdout' ? line.lastIndexOf(partEnd) : -1;
        const said = at < 0 ? line : line.slice(0, at);
        const isTold = at < 0 || said !== '';
        if (isTold && !(isOver && stream === 'stdout')) log.info(said);
        if (at < 0) return;
        const next = line.startsWith(hookMark, at) ? hooks[Number(line.slice(at + hookMark.length))] : undefined;
        isOver = next === undefined;
        last = next ?? last;
        if (next !== undefined) announce(log, next);
      },
    },
    requireWell(exitCode) {
      if (exitCode === 0 || last === undefined) return;
      if (isOver) throw new Error(`the container does not answer any more after the ${named(last)}`);
      throw hookFailed(last, exitCode);
    },
  };
}

/** Runs the hooks of the container one after the other, and the commands of one beside each other. */
export async function runPlainHooks(
  ports: Pick<Ports, 'exec' | 'files' | 'log'>,
  entered: EnteredContainer,
  { facts, env }: { readonly facts: ContainerFacts; readonly env: Readonly<Record<string, string>> },
): Promise<void> {
  const { user, hooks } = entered.plain;
  const own = withoutTerminal(facts.env);
  for (const hook of hooks) {
    announce(ports.log, hook);
    const ended = await Promise.all(
      hook.commands.map((command) =>
        runInPlain(ports, entered, {
          ...{ user, command, own, env },
          onLine: (line) => ports.log.info(line),
        }),
      ),
    );
    const failed = ended.find(({ exitCode }) => exitCode !== 0);
    if (failed !== undefined) throw hookFailed(hook, failed.exitCode);
  }
}

/** What the shell is given, where one shell is all there is. */
function textOf({ commands: [only, ...others] }: Hook): string | undefined {
  const [program, flag, text, ...more] = only ?? [];
  const isText = program === '/bin/sh' && flag === '-c' && more.length === 0 && others.length === 0;
  return isText ? text : undefined;
}

function announce(log: Log, hook: Hook): void {
  log.info(`Running the ${named(hook)}...`);
}

function named({ name, origin }: Hook): string {
  return `${name} from ${origin === 'devcontainer.json' ? origin : `Feature '${origin}'`}`;
}

function hookFailed(hook: Hook, exitCode: number): ToolError {
  return new ToolError({
    code: 'devcontainer-hook-failed',
    what: `${named(hook)} ended with exit code ${exitCode}`,
    where: 'the container',
    state: 'the command was not run',
    next: 'its last lines are above',
  });
}
