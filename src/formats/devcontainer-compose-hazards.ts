import { z } from 'zod';
import {
  cacheSources,
  folderOfContext,
  isHarmlessOption,
  leadsOut,
  type TakenPath,
} from '../domain/devcontainer/mounts.ts';
import type { FoundHazard } from '../domain/devcontainer/refusals.ts';
import { isTightening } from '../domain/devcontainer/refusals.ts';
import { cleanPath, isAddress } from '../domain/path.ts';

const Texts = z.array(z.string()).nullish();
const Files = z.array(z.union([z.string(), z.looseObject({ path: z.string() })])).nullish();
const Hooks = z.array(z.looseObject({ privileged: z.boolean().nullish() })).nullish();
/** What of a service and its build reaches for the machine. */
const Service = z.looseObject({
  volumes: z.array(z.looseObject({ type: z.string(), source: z.string().optional() })).nullish(),
  volumes_from: Texts,
  security_opt: Texts,
  env_file: Files,
  label_file: Files,
  post_start: Hooks,
  pre_stop: Hooks,
  build: z
    .looseObject({
      context: z.string().optional(),
      dockerfile: z.string().optional(),
      additional_contexts: z.record(z.string(), z.string()).nullish(),
      network: z.string().nullish(),
      cache_to: Texts,
      cache_from: Texts,
    })
    .nullish(),
  deploy: z
    .looseObject({
      resources: z.looseObject({ reservations: z.looseObject({ devices: z.unknown() }).nullish() }).nullish(),
    })
    .nullish(),
});
const Volumes = z.record(
  z.string(),
  z.looseObject({ name: z.string().optional(), driver_opts: z.record(z.string(), z.unknown()).nullish() }).nullable(),
);
const Sources = z.record(z.string(), z.looseObject({ file: z.string().optional() }).nullable());
const Networks = z.record(
  z.string(),
  z
    .looseObject({
      name: z.string().optional(),
      driver: z.string().nullish(),
      external: z.boolean().nullish(),
    })
    .nullable(),
);
const Shared = z.looseObject({ volumes: Volumes.nullish(), secrets: Sources.nullish(), configs: Sources.nullish() });
const Networked = z.looseObject({ networks: Networks.nullish() });

/** Each of these by itself gives a container, or its build, more than containers have. */
const rights = [
  'privileged',
  'use_api_socket',
  'provider',
  'cap_add',
  'devices',
  'device_cgroup_rules',
  'gpus',
  'cgroup_parent',
  'runtime',
  'credential_spec',
];
const buildRights = ['privileged', 'entitlements', 'ssh', 'secrets'];
const namespaces = ['network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'cgroup'];

/** What compose files do to the machine, and what they take of the repository. */
interface ComposeReach {
  readonly hazards: readonly FoundHazard[];
  readonly paths: readonly TakenPath[];
}

/** What a service would do to the machine; a service that cannot be read could do anything. */
export function composeReach(name: string, value: unknown, folder: string): ComposeReach {
  const read = Service.safeParse(value);
  const privileged = (what: string): FoundHazard => ({ hazard: 'privileged', what: `the service ${name} has ${what}` });
  if (!read.success) return { hazards: [privileged('something that cannot be read')], paths: [] };
  const service = read.data;
  const { build, deploy } = service;
  const { hazards, paths } = reachOf(pathsOf(service, name, folder), folder);
  return {
    paths,
    hazards: [
      ...rights.filter((right) => isSaid(service[right])).map(privileged),
      ...namespaces
        .filter((one) => /^(host$|container:)/.test(`${service[one] ?? ''}`))
        .map((one) => privileged(`${one}: ${service[one]}`)),
      ...(service.security_opt ?? [])
        .filter((one) => !isTightening(one))
        .map((one) => privileged(`security_opt ${one}`)),
      ...(service.volumes_from ?? [])
        .filter((one) => one.startsWith('container:'))
        .map(() => privileged('volumes_from')),
      ...(isSaid(deploy?.resources?.reservations?.devices) ? [privileged('devices')] : []),
      ...[...(service.post_start ?? []), ...(service.pre_stop ?? [])]
        .filter((hook) => hook.privileged === true)
        .map(() => privileged('a privileged hook')),
      ...buildRights.filter((right) => isSaid(build?.[right])).map((right) => privileged(`build.${right}`)),
      ...(build?.network === 'host' ? [privileged('build.network: host')] : []),
      ...(build?.cache_to ?? [])
        .filter((to) => /type=local|dest=/.test(to))
        .map((to) => taken(`build.cache_to of the service ${name}`, to)),
      ...hazards,
    ],
  };
}

/** Volumes that are folders of the machine in disguise, files of secrets and configs, and networks of the machine. */
export function composeSharedReach(model: unknown, folder: string): ComposeReach {
  const shared = Shared.safeParse(model);
  const networked = Networked.safeParse(model);
  const { volumes, secrets, configs } = shared.success ? shared.data : {};
  const unread = shared.success ? [] : [taken('a volume, secret or config that cannot be read', 'anything')];
  const disguised = Object.entries(volumes ?? {}).flatMap(([name, one]) => {
    const given = Object.entries(one?.driver_opts ?? {}).map(([key, value]) => `${key}=${value}`);
    if (given.some((option) => !isHarmlessOption(option)))
      return [taken(`the volume ${name}`, `${one?.driver_opts?.device ?? 'something'} (${given.join(', ')})`)];
    // A name like this is a folder to the engine.
    return /[/\\]/.test(one?.name ?? '') ? [taken(`the volume ${name}`, one?.name ?? '')] : [];
  });
  const files = [...Object.entries(secrets ?? {}), ...Object.entries(configs ?? {})].flatMap(([name, one]) =>
    one?.file === undefined ? [] : [{ what: `the secret or config ${name}`, path: one.file }],
  );
  const { hazards, paths } = reachOf(files, folder);
  const networks = networked.success
    ? Object.entries(networked.data.networks ?? {})
        .filter(([name, one]) => isOfMachine(name, one))
        .map(([name]) => `the network ${name} is the one of the machine`)
    : ['a network cannot be read'];
  return {
    hazards: [
      ...unread,
      ...disguised,
      ...hazards,
      ...networks.map((what): FoundHazard => ({ hazard: 'privileged', what })),
    ],
    paths,
  };
}

function isOfMachine(key: string, network: z.infer<typeof Networks>[string] | undefined): boolean {
  const name = network?.name ?? (network?.external === true ? key : '');
  return name === 'host' || /^(?:host|macvlan|ipvlan)$/.test(network?.driver ?? '');
}

/** All that a service and its build take from the disk, as compose writes it. */
function pathsOf({ build, ...service }: z.infer<typeof Service>, name: string, folder: string): readonly TakenPath[] {
  const of = (what: string, paths: readonly string[]): readonly TakenPath[] =>
    paths.map((path) => ({ what: `${what} of the service ${name}`, path }));
  const files = [...(service.env_file ?? []), ...(service.label_file ?? [])].map((one) =>
    typeof one === 'string' ? one : one.path,
  );
  const { context, dockerfile = 'Dockerfile' } = build ?? {};
  const contexts = [...(context === undefined ? [] : [context]), ...Object.values(build?.additional_contexts ?? {})]
    .map(folderOfContext)
    .filter((path) => leadsOut(path) || !(isAddress(path) || /^(?:service:|git@)/.test(path)));
  const caches = (build?.cache_from ?? []).flatMap((cache) => cacheSources(cache, folder));
  const isElsewhere = context === undefined || isAddress(context) || isSaid(build?.dockerfile_inline);
  const dockerfiles = dockerfile.startsWith('/') ? [dockerfile] : isElsewhere ? [] : [`${context}/${dockerfile}`];
  return [
    ...of(
      'a volume',
      (service.volumes ?? []).flatMap(({ type, source = '' }) =>
        type === 'bind' || /[/\\]/.test(source) ? [source] : [],
      ),
    ),
    ...of('env_file or label_file', files),
    ...of('a build context', contexts),
    ...of('the Dockerfile', dockerfiles),
    ...of('a cache of the build', caches),
  ];
}

function reachOf(all: readonly TakenPath[], folder: string): ComposeReach {
  const clean = all.map(({ what, path }) => ({ what, path: cleanPath(path) }));
  const isWithin = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);
  return {
    hazards: all.filter((_, at) => !isWithin(clean[at]?.path ?? '')).map(({ what, path }) => taken(what, path)),
    paths: clean.flatMap(({ what, path }) =>
      isWithin(path) ? [{ what, path: path.slice(folder.length + 1) || '.' }] : [],
    ),
  };
}

function taken(what: string, source: string): FoundHazard {
  return { hazard: 'host-mount', what: `${what} takes ${source.slice(0, 200)} of the machine` };
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}
