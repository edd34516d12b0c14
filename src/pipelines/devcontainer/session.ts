import { composeProjectName } from '../../domain/devcontainer/compose.ts';
import type { VenvOutcome } from '../../domain/devcontainer/outcome.ts';
import { cacheHit, folderKeys } from '../../domain/devcontainer/venv-key.ts';
import { digestOf } from '../../domain/digest.ts';
import { joinPath } from '../../domain/path.ts';
import { hasHooks, metadataLabel } from '../../formats/devcontainer-result.ts';
import type { Cache } from '../../ports/cache.ts';
import type { PrebuiltImage } from '../../stages/prebuild-image.ts';
import { type RunningContainer, startContainer, withHookEnv } from '../../stages/prebuild-start.ts';
import { findManager, installVenv, restoreVenv, type Venv } from '../../stages/prebuild-venv.ts';
import { type InContainer, inContainer } from '../../stages/prebuilding/in-container.ts';
import { type ContainerFacts, probeContainer } from '../../stages/prebuilding/probe.ts';
import { execWith } from './exec-with.ts';
import type { PhaseTimer } from './timer.ts';
import { cliOf, labelOf, notesOf, ownerOf, type PrebuildSetting } from './work.ts';

/** A container that is ready for the command. */
export interface Session {
  readonly run: InContainer;
  readonly facts: ContainerFacts;
  /** What the command gets beside the environment of the container. */
  readonly env: Readonly<Record<string, string>>;
  /** Saves the folders that outlive the run, if they were not there before. */
  saveFolders(): Promise<void>;
}

/** A container that runs, and whether its hooks are still to be run before anybody works there. */
export interface OpenedContainer extends RunningContainer {
  readonly hasHooks: boolean;
}

/** Starts the container of a run. */
export async function openContainer(setting: PrebuildSetting, reference: string): Promise<OpenedContainer> {
  const { ports, env, choices, place, project } = setting;
  const { updateUid } = choices;
  const { folder, owner: name } = place;
  // Services that are built beside it get images of their own, under names of their project.
  for (const service of project.compose?.builtBeside ?? []) {
    await notesOf(setting)({ kind: 'made', name: `${composeProjectName(name)}-${service}` });
  }
  const hookEnv = (await bringsAnythingBack(setting)) ? undefined : choices.env;
  const wanted = { project, reference, label: labelOf(setting), owner: ownerOf(place), updateUid, hookEnv, folder };
  const container = await startContainer(ports, cliOf(setting), wanted);
  const args = ['inspect', '--format', `{{.Config.Image}} {{index .Config.Labels "${metadataLabel}"}}`];
  const inspected = await ports.exec.run('docker', [...args, container.started.containerId], {
    env,
    timeoutMs: 30_000,
  });
  const [used = '', ...label] = inspected.stdout.trim().split(' ');
  // Where the user gets our number, the CLI makes an image of one more layer, which nobody else needs.
  if (used !== '' && used !== reference) await notesOf(setting)({ kind: 'made', name: used });
  return { ...container, hasHooks: hookEnv === undefined && hasHooks(label.join(' ')) };
}

/** What is brought back is to be there before the hooks run; where nothing is, they need not wait for it. */
async function bringsAnythingBack({ ports, choices, project }: PrebuildSetting): Promise<boolean> {
  const { project: below, manager } = choices.venv;
  if (choices.caches.paths.length > 0) return true;
  return (
    manager !== 'none' && (await findManager(ports, { folder: project.folder, project: below, manager })) !== undefined
  );
}

interface Tools {
  readonly setting: PrebuildSetting;
  readonly cache: Cache;
  readonly timer: PhaseTimer;
}

/** Brings saved folders back, runs the hooks, and installs what the lock file of the project says. */
export async function prepareContainer(
  { setting, cache, timer }: Tools,
  { container, image }: { readonly container: OpenedContainer; readonly image: PrebuiltImage },
): Promise<{ readonly session: Session; readonly venv: VenvOutcome | undefined }> {
  const { env: clientEnv, choices } = setting;
  const ports = { ...setting.ports, exec: execWith(setting.ports.exec, clientEnv), cache };
  const first = inContainer(ports, container, clientEnv);
  const saveFolders = await timer.run('restore', 'saved folders', () => restoreFolders({ setting, cache, timer }));
  const venv = await timer.run('restore-venv', 'saved packages', () =>
    restored(ports, setting, { first, container, image }),
  );
  const env = { ...venv?.manager.env, ...choices.env };
  const facts = container.hasHooks
    ? await timer.run('hooks', 'the hooks of the container', () => runHooks(setting, container, env))
    : container.facts;
  const run = inContainer(ports, { ...container, facts }, clientEnv);
  if (venv !== undefined) await timer.run('install', 'packages', () => installVenv(ports, run, venv));
  return { session: { run, facts, env, saveFolders }, venv: venv && venvOutcome(venv) };
}

/** Runs the hooks, and looks again: one may have put programs into the path. */
async function runHooks(
  setting: PrebuildSetting,
  { handle }: RunningContainer,
  env: Readonly<Record<string, string>>,
): Promise<ContainerFacts> {
  await withHookEnv(setting.ports, setting.place.folder, {
    hookEnv: env,
    run: (secrets) => cliOf(setting).runHooks({ ...handle, secrets }),
  });
  return probeContainer(cliOf(setting), handle);
}

async function restored(
  ports: Parameters<typeof restoreVenv>[0],
  { choices, project }: PrebuildSetting,
  { first, container, image }: { first: InContainer; container: RunningContainer; image: PrebuiltImage },
): Promise<Venv | undefined> {
  const { manager, project: below, args: installArgs } = choices.venv;
  if (manager === 'none') return undefined;
  const { platform, diffIds: imageLayers } = image;
  const { python } = container.facts;
  const where = { folder: project.folder, remoteFolder: container.started.remoteWorkspaceFolder, project: below };
  return restoreVenv(ports, { ...where, run: first, manager, installArgs, platform, imageLayers, python });
}

function venvOutcome({ hit, keys, manager }: Venv): VenvOutcome {
  return { hit, key: keys.key, manager: manager.name };
}

/** Folders of the repository that no lock file is about, by the content of the files that are named for them. */
async function restoreFolders({ setting, cache }: Tools): Promise<Session['saveFolders']> {
  const { ports, choices, project, platform } = setting;
  const { paths, keyFiles } = choices.caches;
  if (paths.length === 0) return async () => {};
  const contents = await Promise.all(
    keyFiles.map(async (file) => [file, digestOf((await ports.files.readBytes(joinPath(project.folder, file))) ?? '')]),
  );
  const [os = '', architecture = ''] = platform.split(/\/(.*)/s);
  const keys = folderKeys(paths.join('\n'), { os, architecture, digest: digestOf(JSON.stringify(contents)) });
  const folders = paths.map((path) => (path.startsWith('/') ? path : joinPath(project.folder, path)));
  const hit = cacheHit(keys, await cache.restore(folders, keys.key, keys.restoreKeys));
  ports.log.info(`${paths.join(', ')}: ${hit}`);
  return async () => {
    if (hit !== 'exact') await cache.save(folders, keys.key);
  };
}
