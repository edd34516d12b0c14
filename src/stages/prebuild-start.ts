import type { DevcontainerCli } from '../clients/devcontainer.ts';
import { overrideConfig } from '../domain/devcontainer/override.ts';
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

/** Starts a container from an image that is there, without its hooks; it belongs to one step alone. */
export async function startContainer(
  ports: Pick<Ports, 'files'>,
  cli: DevcontainerCli,
  wanted: {
    readonly project: DevcontainerProject;
    readonly reference: string;
    readonly label: string;
    readonly updateUid: boolean;
    readonly folder: string;
  },
): Promise<RunningContainer> {
  const { project, reference, label, updateUid } = wanted;
  const override = `${wanted.folder}/devcontainer.json`;
  await ports.files.write(override, JSON.stringify(overrideConfig(project.config, reference)));
  const handle = { override, label };
  const started = await cli.up({ ...handle, updateUid });
  return { started, handle, facts: await probeContainer(cli, handle) };
}
