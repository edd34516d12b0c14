import type { DevcontainerCli } from '../clients/devcontainer.ts';
import { composeOverride } from '../domain/devcontainer/compose.ts';
import { composeOverrideConfig, overrideConfig } from '../domain/devcontainer/override.ts';
import { joinPath } from '../domain/path.ts';
import { hasHooks, metadataLabel } from '../formats/devcontainer-result.ts';
import type { Ports } from '../ports/ports.ts';
import { probeContainer } from './prebuilding/probe.ts';
import type { DevcontainerProject } from './prebuilding/project.ts';
import type { RunningContainer } from './prebuilding/running-container.ts';

/** Starts a container from an image that is there; it belongs to one step alone. */
export async function startContainer(
  ports: Pick<Ports, 'exec' | 'files'>,
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
    /** Hears the name of an image that was made for it. */
    onImage(name: string): Promise<void>;
  },
): Promise<RunningContainer> {
  const { label, updateUid, hookEnv } = wanted;
  const override = `${wanted.folder}/devcontainer.json`;
  await ports.files.write(override, JSON.stringify(await configOf(ports, wanted)));
  const handle = { override, label };
  const start = (secrets?: string) => cli.up({ ...handle, updateUid, secrets });
  const started = await (hookEnv === undefined ? start() : withHookEnv(ports, wanted.folder, { hookEnv, run: start }));
  const args = ['inspect', '--format', `{{.Config.Image}} {{index .Config.Labels "${metadataLabel}"}}`];
  const inspected = await ports.exec.run('docker', [...args, started.containerId], { timeoutMs: 30_000 });
  const [used = '', ...said] = inspected.stdout.trim().split(' ');
  // Where the user gets our number, the CLI makes an image of one more layer, which nobody else needs.
  if (used !== '' && used !== wanted.reference) await wanted.onImage(used);
  return {
    started,
    facts: await probeContainer(cli, handle),
    hasHooks: hookEnv === undefined && hasHooks(said.join(' ')),
    async runHooks(env) {
      await withHookEnv(ports, wanted.folder, {
        hookEnv: env,
        run: (secrets) => cli.runHooks({ ...handle, secrets }),
      });
      return probeContainer(cli, handle);
    },
  };
}

/** Lends the hooks their variables in a file, so that no argument has them. */
async function withHookEnv<T>(
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
