import { isAddress } from '../path.ts';
import type { DevcontainerConfig, DevcontainerMount, Privileges } from './config.ts';
import { unpinnedFeatures } from './feature-pins.ts';
import {
  cacheSources,
  folderOfContext,
  insideWorkspace,
  isOfHost,
  leadsOut,
  type MountSources,
  readMount,
  readShortMount,
  type TakenPath,
} from './mounts.ts';

/** What a configuration can do to the machine of a run; on pull requests each must be allowed by its name. */
export const hazards = ['initialize-command', 'privileged', 'host-mount', 'unpinned-features'] as const;

/** One of those. */
export type Hazard = (typeof hazards)[number];

/** A hazard, and the words in which it was found. */
export interface FoundHazard {
  readonly hazard: Hazard;
  readonly what: string;
}

/** What a configuration would do to the machine. Features count as pinned by a digest, by a lock file, and where they lie beside it. */
export function hazardsIn(config: DevcontainerConfig, lockedFeatures: readonly string[]): readonly FoundHazard[] {
  const found: FoundHazard[] = [...privilegesIn(config, 'devcontainer.json'), ...runArgHazards(config.runArgs ?? [])];
  found.push(...buildOptionHazards(config.build?.options ?? []));
  found.push(...cachesOf(config).flatMap((sources) => hazardsOfMount(sources, 'a cache of the build')));
  if (config.initializeCommand !== undefined) {
    found.push({ hazard: 'initialize-command', what: 'initializeCommand runs on the machine itself' });
  }
  if (config.workspaceMount !== undefined) found.push(...mountHazards([config.workspaceMount], 'workspaceMount'));
  return [...found, ...unpinnedFeatures(Object.keys(config.features ?? {}), lockedFeatures)];
}

/** The paths of the repository that a container or its build would get, beside its context and its Dockerfile. */
export function pathsTakenBy(config: DevcontainerConfig): readonly TakenPath[] {
  const { workspaceMount } = config;
  const contexts = flagsOf(config.build?.options ?? []).filter(({ flag }) => flag === '--build-context');
  return [
    ...pathsOfPrivileges(config, 'devcontainer.json'),
    ...(workspaceMount === undefined ? [] : takenBy(readMount(workspaceMount), 'workspaceMount')),
    ...flagsOf(config.runArgs ?? []).flatMap(({ flag, value }) =>
      fileFlags.has(flag) ? relative(value, 'runArgs') : takenBy(mountOf(flag, value), 'runArgs'),
    ),
    ...cachesOf(config).flatMap((sources) => takenBy(sources, 'a cache of the build')),
    ...contexts.flatMap(({ value }) => {
      const context = folderOfContext(value.slice(value.indexOf('=') + 1));
      return isAddress(context) ? [] : relative(context, 'build.options');
    }),
  ];
}

function cachesOf({ build }: DevcontainerConfig): readonly MountSources[] {
  const flags = flagsOf(build?.options ?? []).filter(({ flag }) => flag === '--cache-from');
  const caches = [...flags.map(({ value }) => value), ...[build?.cacheFrom ?? []].flat()];
  return caches.map((cache) => ({ sources: cacheSources(cache), odd: undefined }));
}

/** The same for what a Feature or the label of an image mounts. */
export function pathsOfPrivileges({ mounts }: Privileges, where: string): readonly TakenPath[] {
  return (mounts ?? []).flatMap((mount) => takenBy(readMount(mount), `mounts of ${where}`));
}

/** What the metadata of a Feature or of an image asks for. */
export function privilegesIn(metadata: Privileges, where: string): readonly FoundHazard[] {
  const found: FoundHazard[] = [];
  const add = (what: string): void => void found.push({ hazard: 'privileged', what: `${where} has ${what}` });
  if (metadata.privileged === true) add('privileged');
  if ((metadata.capAdd ?? []).length > 0) add(`capAdd ${metadata.capAdd?.join(', ')}`);
  const options = (metadata.securityOpt ?? []).filter((option) => !isTightening(option));
  if (options.length > 0) add(`securityOpt ${options.join(', ')}`);
  return [...found, ...mountHazards(metadata.mounts ?? [], `mounts of ${where}`)];
}

/** The hazards that are not allowed by name. */
export function notAllowed(found: readonly FoundHazard[], allowed: readonly string[]): readonly FoundHazard[] {
  return found.filter(({ hazard }) => !allowed.includes(hazard));
}

const privilegedFlags = new Set([
  '--cap-add',
  '--device',
  '--device-cgroup-rule',
  '--gpus',
  '--pid',
  '--ipc',
  '--uts',
  '--userns',
  '--cgroupns',
  '--cgroup-parent',
  '--runtime',
  '--volumes-from',
  '--use-api-socket',
]);
/** They read or write files of the machine. */
const fileFlags = new Set(['--env-file', '--label-file', '--cidfile']);
const networkFlags = new Set(['--network', '--net']);

/** A flag with its value behind `=`, behind its letter, or as the next word. */
interface Flag {
  readonly flag: string;
  readonly joined: string | undefined;
  readonly value: string;
  readonly arg: string;
}

function flagsOf(args: readonly string[]): readonly Flag[] {
  return args.flatMap((arg, at): readonly Flag[] => {
    // Letters that take no value may stand before it.
    const short = /^-[dPiqt]*v=?(.*)$/s.exec(arg);
    if (short !== null) return [{ flag: '-v', joined: short[1], value: short[1] || (args[at + 1] ?? ''), arg }];
    const [, flag, joined] = /^(--?[A-Za-z][\w-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    return flag === undefined ? [] : [{ flag, joined, value: joined ?? args[at + 1] ?? '', arg }];
  });
}

/** Flags of `docker run`. */
function runArgHazards(args: readonly string[]): readonly FoundHazard[] {
  const found: FoundHazard[] = [];
  for (const { flag, joined, value, arg } of flagsOf(args)) {
    const add = (hazard: Hazard): void => void found.push({ hazard, what: `runArgs has ${arg}` });
    if (flag === '--privileged' && joined !== 'false') add('privileged');
    else if (privilegedFlags.has(flag)) add('privileged');
    else if (flag === '--security-opt' && !isTightening(value)) add('privileged');
    else if (networkFlags.has(flag) && /(?:^|,)"?(?:name=)?(?:host"?(?:,|$)|container:)/i.test(value))
      add('privileged');
    else if (fileFlags.has(flag) && isOfHost(value)) add('host-mount');
    else found.push(...hazardsOfMount(mountOf(flag, value), 'runArgs'));
  }
  return found;
}

function mountOf(flag: string, value: string): MountSources {
  if (flag === '--mount') return readMount(value);
  return flag === '-v' || flag === '--volume' ? readShortMount(value) : { sources: [], odd: undefined };
}

/** Arguments of a build that reach for nothing but the build. */
const plainBuildFlags = new Set([
  '--add-host',
  '--build-arg',
  '--cache-from',
  '--label',
  '--no-cache',
  '--progress',
  '--pull',
  '--quiet',
  '-q',
  '--shm-size',
  '--target',
  '--ulimit',
]);

function buildOptionHazards(options: readonly string[]): readonly FoundHazard[] {
  return flagsOf(options).flatMap(({ flag, value, arg }): readonly FoundHazard[] => {
    if (plainBuildFlags.has(flag)) return [];
    if (flag === '--network' && value !== 'host') return [];
    if (flag === '--build-context' && !isOfHost(folderOfContext(value.slice(value.indexOf('=') + 1)))) return [];
    const hazard = flag === '--allow' || flag === '--network' ? 'privileged' : 'host-mount';
    return [{ hazard, what: `build.options has ${arg}` }];
  });
}

/** An option that takes rights away. */
export function isTightening(option: string): boolean {
  return /^no-new-privileges([:=]true)?$/.test(option);
}

/** A volume of the engine harms nobody; a folder or a socket of the machine can, unless it lies in the workspace. */
function mountHazards(mounts: readonly DevcontainerMount[], where: string): readonly FoundHazard[] {
  return mounts.flatMap((mount) => hazardsOfMount(readMount(mount), where));
}

function hazardsOfMount({ sources, odd }: MountSources, where: string): readonly FoundHazard[] {
  const source = sources.find(isOfHost) ?? odd;
  if (source === undefined) return [];
  return [{ hazard: 'host-mount', what: `${where} takes ${source.slice(0, 200)} of the machine` }];
}

function takenBy({ sources }: MountSources, what: string): readonly TakenPath[] {
  return sources.flatMap((source) => {
    const path = insideWorkspace(source);
    return path === undefined ? [] : [{ what, path }];
  });
}

/** A path that needs no variable to be one of the repository. */
function relative(path: string, what: string): readonly TakenPath[] {
  const inside = insideWorkspace(path) ?? path;
  return inside.startsWith('/') || leadsOut(inside) ? [] : [{ what, path: inside }];
}
