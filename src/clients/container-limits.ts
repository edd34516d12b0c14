import type { TestSandbox } from '../domain/planned-test.ts';

/** What a container may see and use, beside its command. */
export interface ContainerLimits {
  readonly sandbox: Omit<TestSandbox, 'workspace' | 'services' | 'junit' | 'network'>;
  readonly env: Readonly<Record<string, string>>;
  /** `none`, `bridge`, or the network of services. */
  readonly network: string;
  readonly mounts: readonly Mount[];
}

/** A folder of this machine, or an empty one in memory, that the container sees. */
export type Mount =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: 'empty'; readonly target: string };

/** Rights that docker gives by default and that tests do without: devices, raw packets, the audit log, file capabilities. */
const droppedCapabilities = ['MKNOD', 'NET_RAW', 'AUDIT_WRITE', 'SETFCAP'] as const;

/** The arguments of `docker create`; why they are so is in decision 13. */
export function limitArgs({ sandbox, env, network, mounts }: ContainerLimits): readonly string[] {
  const { user, workdir, memory, pids, tmpfs } = sandbox;
  return [
    ...['--security-opt', 'no-new-privileges'],
    ...droppedCapabilities.flatMap((name) => ['--cap-drop', name]),
    ...['--pids-limit', `${pids}`, '--network', network],
    // A request to end is TERM, whatever the image says; what it prints is ours to keep, and not the engine's.
    ...['--stop-signal', 'SIGTERM', '--log-driver', 'none'],
    ...(memory === null ? [] : ['--memory', memory, '--memory-swap', memory]),
    ...(user === null ? [] : ['--user', user]),
    ...(workdir === null ? [] : ['--workdir', workdir]),
    ...tmpfs.flatMap((one) => ['--tmpfs', one]),
    ...mounts.flatMap((mount) => ['--mount', mountText(mount)]),
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
}

/** The engine reads it as a line of CSV, so that a comma or a quote of a path needs quotes around it. */
function mountText(mount: Mount): string {
  if (mount.kind === 'empty') return `type=tmpfs,target=${mount.target}`;
  const source = `"source=${mount.source.replaceAll('"', '""')}"`;
  return `type=bind,${source},target=${mount.target}${mount.readOnly ? ',readonly' : ''}`;
}
