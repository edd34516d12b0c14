import { composeProjectName } from '../../domain/devcontainer/compose.ts';
import type { VenvOutcome } from '../../domain/devcontainer/outcome.ts';
import { cacheHit, folderKeys } from '../../domain/devcontainer/venv-key.ts';
import { digestOf } from '../../domain/digest.ts';
import { joinPath } from '../../domain/path.ts';
import type { Cache } from '../../ports/cache.ts';
import type { PrebuiltImage } from '../../stages/prebuild-image.ts';
import { startPlain } from '../../stages/prebuild-plain-start.ts';
import { startContainer } from '../../stages/prebuild-start.ts';
import { findManager, installVenv, restoreVenv, type Venv } from '../../stages/prebuild-venv.ts';
import { type InContainer, inContainer } from '../../stages/prebuilding/in-container.ts';
import type { ContainerFacts } from '../../stages/prebuilding/probe.ts';
import type { RunningContainer } from '../../stages/prebuilding/running-container.ts';
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

/** Starts the container of a run: by docker alone where nothing is left to guess, and by the CLI everywhere else. */
export async function openContainer(
  setting: PrebuildSetting,
  { reference, start: image }: Pick<PrebuiltImage, 'reference' | 'start'>,
): Promise<RunningContainer> {
  const { env, choices, place, project } = setting;
  const ports = { ...setting.ports, exec: execWith(setting.ports.exec, env) };
  const { updateUid } = choices;
  const { folder, owner: name } = place;
  const isLate = await bringsAnythingBack(setting);
  const label = labelOf(setting);
  const { self } = choices.cli;
  const root = await setting.startPlace;
  if (self !== undefined && root !== undefined) {
    const question = { project, reference, image, label, root, env, updateUid, self, hookEnv: choices.env, isLate };
    const started = await startPlain(ports, question);
    if (started !== undefined) return started;
  }
  // Services that are built beside it get images of their own, under names of their project.
  for (const service of project.compose?.builtBeside ?? []) {
    await notesOf(setting)({ kind: 'made', name: `${composeProjectName(name)}-${service}` });
  }
  const onImage = (made: string): Promise<void> => notesOf(setting)({ kind: 'made', name: made });
  const hookEnv = isLate ? undefined : choices.env;
  const wanted = { project, reference, label, owner: ownerOf(place), updateUid, hookEnv, folder, onImage };
  return startContainer(ports, cliOf(setting), wanted);
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
  { container, image }: { readonly container: RunningContainer; readonly image: PrebuiltImage },
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
    ? await timer.run('hooks', 'the hooks of the container', () => container.runHooks(env))
    : container.facts;
  const run = inContainer(ports, { ...container, facts }, clientEnv);
  if (venv !== undefined) await timer.run('install', 'packages', () => installVenv(ports, run, venv));
  return { session: { run, facts, env, saveFolders }, venv: venv && venvOutcome(venv) };
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
