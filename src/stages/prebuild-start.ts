import type { DevcontainerCli } from '../clients/devcontainer.ts';
import { composeOverride } from '../domain/devcontainer/compose.ts';
import { composeOverrideConfig, overrideConfig } from '../domain/devcontainer/override.ts';
import { joinPath } from '../domain/path.ts';
import type { StartedContainer } from '../formats/devcontainer-result.ts';
import type { Ports } from '../ports/ports.ts';
import { type ContainerFacts, probeContainer } from './prebuilding/probe.ts';
import type { DevcontainerProject } from './prebuilding/project.ts';

/** A container that runs, and how to speak to it. */
export interface RunningContainer {
  readonly started: StartedContainer;
  readonly facts: ContainerFacts;
  readonly handle: { readonly override: string; readonly label: string };
}

/** Starts a container from an image that is there; it belongs to one step alone. */
export async function startContainer(
  ports: Pick<Ports, 'files'>,
  cli: DevcontainerCli,
  wanted: {
    readonly project: DevcontainerProject;
    readonly reference: string;
    /** By it the container is found, and no other. */
    readonly label: string;
    /** The label and its value by which all that is made for a run is found. */
    readonly owner: readonly [string, string];
    readonly updateUid: boolean;
    /** The hooks run at once, with these variables; without them they are left for later. */
    readonly hookEnv: Readonly<Record<string, string>> | undefined;
    readonly folder: string;
  },
): Promise<RunningContainer> {
  const { label, updateUid, hookEnv } = wanted;
  const override = `${wanted.folder}/devcontainer.json`;
  await ports.files.write(override, JSON.stringify(await configOf(ports, wanted)));
  const handle = { override, label };
  const start = (secrets?: string) => cli.up({ ...handle, updateUid, secrets });
  const started = await (hookEnv === undefined ? start() : withHookEnv(ports, wanted.folder, { hookEnv, run: start }));
  return { started, handle, facts: await probeContainer(cli, handle) };
}

/** Lends the hooks their variables in a file, so that no argument has them. */
export async function withHookEnv<T>(
  { files }: Pick<Ports, 'files'>,
  folder: string,
  { hookEnv, run }: { readonly hookEnv: Readonly<Record<string, string>>; run(secrets: string): Promise<T> },
): Promise<T> {
  const secrets = `${folder}/hooks.json`;
  await files.write(secrets, JSON.stringify(hookEnv));
  try {
    return await run(secrets);
  } finally {
    await files.remove(secrets);
  }
}

async function configOf(
  { files }: Pick<Ports, 'files'>,
  wanted: {
    readonly project: DevcontainerProject;
    readonly reference: string;
    readonly owner: readonly [string, string];
    readonly folder: string;
  },
): Promise<Readonly<Record<string, unknown>>> {
  const { project, reference, folder } = wanted;
  const { compose, config } = project;
  if (compose === undefined) return overrideConfig(config, reference);
  const [label, owner] = wanted.owner;
  const last = `${folder}/compose.yml`;
  await files.write(last, composeOverride(compose, { reference, label, owner }));
  return composeOverrideConfig(config, [...compose.files.map((file) => joinPath(project.folder, file)), last]);
}
