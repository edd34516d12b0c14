import { z } from 'zod';
import type { StartMetadata } from './start-metadata.ts';

/** What an image says that counts for a start. */
export interface ImageStart {
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workdir: string;
  /** Folders for which docker makes a volume by itself. */
  readonly hasVolumes: boolean;
  /** The label of dev containers, if it has one. */
  readonly metadata: string | undefined;
}

const Port = z.union([z.number(), z.string()]);
/** What of a configuration counts for a start. A key beside these is not understood. */
export const StartConfig = z.strictObject({
  name: z.unknown().optional(),
  image: z.string(),
  runArgs: z.array(z.string()).default([]),
  appPort: z.union([Port, z.array(Port)]).default([]),
  workspaceFolder: z.string().optional(),
  workspaceMount: z.string().optional(),
});
export type StartConfig = z.infer<typeof StartConfig>;

/** The arguments of `docker run` by which the CLI 0.89 starts a container. */
export function runArgs({
  config,
  merged,
  mounts,
  entries,
  image,
  label,
}: {
  readonly config: StartConfig;
  readonly merged: StartMetadata;
  readonly mounts: readonly string[];
  readonly entries: readonly unknown[];
  readonly image: ImageStart;
  readonly label: string;
}): readonly string[] {
  const each = (flag: string, values: readonly string[]): readonly string[] => values.flatMap((one) => [flag, one]);
  const ports = [config.appPort].flat().map((port) => (typeof port === 'number' ? `127.0.0.1:${port}:${port}` : port));
  const env = Object.entries(merged.containerEnv).map(([name, value]) => `${name}=${value}`);
  return [
    ...each('-p', ports),
    ...each('--mount', mounts),
    ...['-l', label],
    ...each('-e', env),
    ...(merged.containerUser === undefined ? [] : ['-u', merged.containerUser]),
    ...config.runArgs,
    ...(merged.init ? ['--init'] : []),
    ...(merged.privileged ? ['--privileged'] : []),
    ...each('--cap-add', merged.capAdd),
    ...each('--security-opt', merged.securityOpt),
    ...['--entrypoint', '/bin/sh'],
    // As the image has it, so without the variables put in.
    ...['-l', `devcontainer.metadata=${JSON.stringify(entries)}`],
    config.image,
    ...['-c', waitScript(merged.entrypoints), '-'],
    ...(merged.overrideCommand ? [] : [...image.entrypoint, ...image.cmd]),
  ];
}

/** It keeps the container, whatever its own command does. */
function waitScript(entrypoints: readonly string[]): string {
  return [
    'echo Container started',
    'trap "exit 0" 15',
    entrypoints.join('\n'),
    'exec "$@"',
    'while sleep 1 & wait $!; do :; done',
  ].join('\n');
}
