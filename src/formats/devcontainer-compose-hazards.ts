import { z } from 'zod';
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
      additional_contexts: z.record(z.string(), z.string()).nullish(),
      network: z.string().nullish(),
      cache_to: Texts,
    })
    .nullish(),
  deploy: z
    .looseObject({
      resources: z.looseObject({ reservations: z.looseObject({ devices: z.unknown() }).nullish() }).nullish(),
    })
    .nullish(),
});
const Named = z.record(
  z.string(),
  z
    .looseObject({
      file: z.string().optional(),
      driver_opts: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullable(),
);
const Shared = z.looseObject({ volumes: Named.nullish(), secrets: Named.nullish(), configs: Named.nullish() });

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

/** What a service would do to the machine; a service that cannot be read could do anything. */
export function composeHazards(name: string, value: unknown, folder: string): readonly FoundHazard[] {
  const read = Service.safeParse(value);
  const privileged = (what: string): FoundHazard => ({ hazard: 'privileged', what: `the service ${name} has ${what}` });
  if (!read.success) return [privileged('something that cannot be read')];
  const service = read.data;
  const { build, deploy } = service;
  const mount = (what: string, source: string): FoundHazard => ({
    hazard: 'host-mount',
    what: `${what} of the service ${name} takes ${source.slice(0, 200)} of the machine`,
  });
  const files = [...(service.env_file ?? []), ...(service.label_file ?? [])].map((one) =>
    typeof one === 'string' ? one : one.path,
  );
  const contexts = [build?.context ?? folder, ...Object.values(build?.additional_contexts ?? {})];
  return [
    ...rights.filter((right) => isSaid(service[right])).map(privileged),
    ...namespaces
      .filter((one) => /^(host$|container:)/.test(`${service[one] ?? ''}`))
      .map((one) => privileged(`${one}: ${service[one]}`)),
    ...(service.security_opt ?? []).filter((one) => !isTightening(one)).map((one) => privileged(`security_opt ${one}`)),
    ...(service.volumes_from ?? []).filter((one) => one.startsWith('container:')).map(() => privileged('volumes_from')),
    ...(isSaid(deploy?.resources?.reservations?.devices) ? [privileged('devices')] : []),
    ...[...(service.post_start ?? []), ...(service.pre_stop ?? [])]
      .filter((hook) => hook.privileged === true)
      .map(() => privileged('a privileged hook')),
    ...buildRights.filter((right) => isSaid(build?.[right])).map((right) => privileged(`build.${right}`)),
    ...(build?.network === 'host' ? [privileged('build.network: host')] : []),
    ...(build?.cache_to ?? []).filter((to) => /type=local|dest=/.test(to)).map((to) => mount('build.cache_to', to)),
    ...(service.volumes ?? [])
      .filter(({ type, source = '' }) => type === 'bind' && !isWithin(source, folder))
      .map(({ source = '' }) => mount('a volume', source)),
    ...files.filter((path) => !isWithin(path, folder)).map((path) => mount('env_file or label_file', path)),
    ...contexts
      .filter((path) => path.startsWith('/') && !isAddress(path) && !isWithin(path, folder))
      .map((path) => mount('a build context', path)),
  ];
}

/** Volumes that are folders of the machine in disguise, and files of secrets and configs. */
export function composeVolumeHazards(model: unknown, folder: string): readonly FoundHazard[] {
  const read = Shared.safeParse(model);
  const all = read.success ? read.data : {};
  const found = (what: string, source: string): FoundHazard => ({
    hazard: 'host-mount',
    what: `${what} takes ${source.slice(0, 200)} of the machine`,
  });
  const devices = Object.entries(all.volumes ?? {}).flatMap(([name, one]) => {
    const device = `${one?.driver_opts?.device ?? ''}`;
    return device.startsWith('/') && !isWithin(device, folder) ? [found(`the volume ${name}`, device)] : [];
  });
  const files = [...Object.entries(all.secrets ?? {}), ...Object.entries(all.configs ?? {})].flatMap(([name, one]) =>
    one?.file !== undefined && !isWithin(one.file, folder) ? [found(`the secret or config ${name}`, one.file)] : [],
  );
  return [...devices, ...files];
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

function isWithin(path: string, folder: string): boolean {
  const clean = cleanPath(path);
  return clean === folder || clean.startsWith(`${folder}/`);
}
