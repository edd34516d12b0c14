import type { DevcontainerConfig, DevcontainerMount, Privileges } from './config.ts';

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
  if (config.initializeCommand !== undefined) {
    found.push({ hazard: 'initialize-command', what: 'initializeCommand runs on the machine itself' });
  }
  if (config.workspaceMount !== undefined) found.push(...mountHazards([config.workspaceMount], 'workspaceMount'));
  return [...found, ...unpinnedFeatures(Object.keys(config.features ?? {}), lockedFeatures)];
}

/** Features whose content somebody else decides, and may decide anew at any time. */
export function unpinnedFeatures(ids: readonly string[], locked: readonly string[]): readonly FoundHazard[] {
  const open = ids.filter((id) => !isLocalFeature(id) && !/@sha256:[0-9a-f]{64}$/.test(id) && !locked.includes(id));
  return open.map((id) => ({
    hazard: 'unpinned-features',
    what: `the Feature ${id} is in no lock file and has no digest`,
  }));
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

/** A Feature that lies beside the configuration, and so in the repository. */
export function isLocalFeature(id: string): boolean {
  return id.startsWith('./') || id.startsWith('../');
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
const mountFlags = new Set(['-v', '--volume', '--mount']);
const networkFlags = new Set(['--network', '--net']);

/** Flags of `docker run`, with their values behind `=` or as the next word. */
function runArgHazards(args: readonly string[]): readonly FoundHazard[] {
  const found: FoundHazard[] = [];
  for (const [at, arg] of args.entries()) {
    const [, flag = '', joined] = /^(--?[A-Za-z][\w-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    // The short flag may have its value behind it at once.
    const short = /^-v(?=[^=])(.+)$/s.exec(arg)?.[1];
    const value = short ?? joined ?? args[at + 1] ?? '';
    const add = (hazard: Hazard): void => void found.push({ hazard, what: `runArgs has ${arg}` });
    if (flag === '--privileged' && joined !== 'false') add('privileged');
    else if (privilegedFlags.has(flag)) add('privileged');
    else if (flag === '--security-opt' && !isTightening(value)) add('privileged');
    else if (networkFlags.has(flag) && /^(host$|container:)/.test(value)) add('privileged');
    else if (fileFlags.has(flag) && isOfHost(value)) add('host-mount');
    else if (short !== undefined || mountFlags.has(flag)) found.push(...mountHazards([value], 'runArgs'));
  }
  return found;
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
  return options.flatMap((option, at): readonly FoundHazard[] => {
    const [, flag, joined] = /^(--?[A-Za-z][\w-]*)(?:=(.*))?$/s.exec(option) ?? [];
    if (flag === undefined || plainBuildFlags.has(flag)) return [];
    const value = joined ?? options[at + 1] ?? '';
    if (flag === '--network' && value !== 'host') return [];
    if (flag === '--build-context' && !isOfHost(value.slice(value.indexOf('=') + 1))) return [];
    const hazard = flag === '--allow' || flag === '--network' ? 'privileged' : 'host-mount';
    return [{ hazard, what: `build.options has ${option}` }];
  });
}

/** An option that takes rights away. */
export function isTightening(option: string): boolean {
  return /^no-new-privileges([:=]true)?$/.test(option);
}

/** A volume of the engine harms nobody; a folder or a socket of the machine can, unless it lies in the workspace. */
function mountHazards(mounts: readonly DevcontainerMount[], where: string): readonly FoundHazard[] {
  return mounts.flatMap((mount): readonly FoundHazard[] => {
    const source = typeof mount === 'string' ? sourceIn(mount) : (mount.source ?? '');
    // A volume that is a folder of the machine by its options.
    const device = typeof mount === 'string' ? /volume-opt="?device=([^,"]*)/.exec(mount)?.[1] : undefined;
    if (!isOfHost(device ?? source)) return [];
    return [{ hazard: 'host-mount', what: `${where} takes ${source.slice(0, 200)} of the machine` }];
  });
}

/** `type=bind,source=/a,target=/b`, or `/a:/b` of the short flag. */
function sourceIn(mount: string): string {
  const named = /(?:^|,)\s*"?(?:source|src)=([^,"]*)/.exec(mount)?.[1];
  if (named !== undefined) return named;
  return /(?:^|,)(?:type|target|dst|destination)=/.test(mount) ? '' : mount.slice(0, Math.max(0, mount.indexOf(':')));
}

function isOfHost(source: string): boolean {
  const inside = /^\$\{localWorkspaceFolder\}(?=\/|$)/.exec(source)?.[0];
  if (inside !== undefined) return source.slice(inside.length).split('/').includes('..');
  return /^[/~.\\]|^[A-Za-z]:|\$\{(?:localEnv|env|localWorkspaceFolder)/.test(source);
}
