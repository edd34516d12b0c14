import type { DevcontainerCli } from '../../clients/devcontainer.ts';
import { ToolError } from '../../domain/errors.ts';

/** What a container is like for whoever works in it. */
export interface ContainerFacts {
  /** The environment that a person has in a terminal there. */
  readonly env: Readonly<Record<string, string>>;
  readonly hasBash: boolean;
  /** `x.y.z`, where the image has a Python. */
  readonly python: string | undefined;
}

const mark = 'slipway-probe-4f1c';
const version = 'import sys; print("%d.%d.%d" % sys.version_info[:3])';
const facts = [
  'p=$(command -v python3 || command -v python) || p=',
  `v=$([ -n "$p" ] && "$p" -c '${version}' 2>/dev/null)`,
  'b=$(command -v bash)',
];
/** Says where bash is and which Python there is, with a record separator behind each. */
export const factsScript = [...facts, `printf '%s\\036%s\\036' "$b" "$v"`, 'unset p v b'].join('\n');
/** Every shell understands it; what a profile prints before is passed over. */
const script = [...facts, `printf '%s\\0%s\\0%s\\0' '${mark}' "$b" "$v"`, 'unset p v b', 'cat /proc/self/environ'].join(
  '\n',
);

/** Asks a container once what else would be asked of it for every program. */
export async function probeContainer(
  cli: Pick<DevcontainerCli, 'exec'>,
  started: { readonly override: string; readonly label: string },
): Promise<ContainerFacts> {
  const { exitCode, stdout, stderr } = await cli.exec(started, ['/bin/sh', '-c', script]);
  const at = stdout.indexOf(`${mark}\0`);
  if (exitCode !== 0 || at < 0) throw noShell(exitCode, stderr);
  const [, bash = '', python = '', ...pairs] = stdout.slice(at).split('\0');
  return { env: envOfPairs(pairs), hasBash: bash !== '', python: python === '' ? undefined : python };
}

/** An environment as a system gives it: each as `name=value`. */
export function envOfPairs(pairs: readonly string[]): Readonly<Record<string, string>> {
  const env = pairs.flatMap((pair): readonly (readonly [string, string])[] => {
    const equals = pair.indexOf('=');
    return equals <= 0 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)]];
  });
  return Object.fromEntries(env);
}

function noShell(exitCode: number, stderr: string): ToolError {
  return new ToolError({
    code: 'devcontainer-no-shell',
    what: `the container runs no /bin/sh (exit code ${exitCode}): ${stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? ''}`,
    where: 'the container',
    state: 'the command was not run',
    next: 'the image needs a shell, and its remoteUser must be one of its users',
  });
}
