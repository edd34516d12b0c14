import { z } from 'zod';

/** What a compose file asks for, as `docker compose config` says it, made fit to run beside others of its kind. */
export interface ServicesModel {
  /** A compose file that says the same and holds nothing that two projects would fight for. */
  readonly text: string;
  /** The network of which every service is a part; undefined where no service is in any. */
  readonly network: string | undefined;
  /** What services may not have, in words. */
  readonly refused: readonly string[];
}

const Mount = z.looseObject({ type: z.string(), source: z.string().optional(), target: z.string().optional() });
const Service = z.looseObject({
  volumes: z.array(Mount).nullish(),
  networks: z.record(z.string(), z.unknown()).nullish(),
  network_mode: z.string().nullish(),
  labels: z.record(z.string(), z.unknown()).nullish(),
});
/** A network or volume of the project. */
const Shared = z.looseObject({
  name: z.string().optional(),
  external: z.boolean().nullish(),
  labels: z.record(z.string(), z.unknown()).nullish(),
});
/** A secret or config. */
const Content = z.looseObject({ file: z.string().optional() });
const Model = z.looseObject({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), Shared.nullable()).nullish(),
  volumes: z.record(z.string(), Shared.nullable()).nullish(),
  secrets: z.record(z.string(), Content).nullish(),
  configs: z.record(z.string(), Content).nullish(),
});
type Service = z.infer<typeof Service>;
type Shared = z.infer<typeof Shared> | null;

/** Ports and names of the machine go, which a second project could not have; the rest stays as it was written. */
export function servicesModel(
  config: string,
  project: { readonly name: string; readonly folder: string; readonly labels: Readonly<Record<string, string>> },
): ServicesModel | undefined {
  const read = Model.safeParse(parsed(config));
  if (!read.success) return undefined;
  const { name: _, services, networks, volumes, ...more } = read.data;
  const entries = Object.entries(services);
  const joins = entries.some(([, service]) => isJoined(service));
  const shared = { ...networks, ...(joins ? { default: networks?.default ?? {} } : {}) };
  const text = JSON.stringify({
    ...more,
    services: mapped(services, (service) => alone(service, project)),
    networks: mapped(shared, (one) => unnamed(one, project.labels)),
    volumes: mapped(volumes ?? {}, (one) => unnamed(one, project.labels)),
  });
  const { default: own } = shared;
  const network = own?.external === true ? own.name : `${project.name}_default`;
  const refused = [
    ...entries.flatMap(([name, service]) => refusedOf(service, project.folder).map((what) => `${name} has ${what}`)),
    ...Object.entries({ ...more.secrets, ...more.configs }).flatMap(([name, { file }]) =>
      file === undefined || isWithin(file, project.folder) ? [] : [`${name} is a file outside of the repository`],
    ),
  ];
  return { text, network: joins ? network : undefined, refused };
}

function isJoined({ network_mode: mode }: Service): boolean {
  return mode === undefined || mode === null || mode === '';
}

/** A service without its name and its ports on this machine, in the network of all, and without what a checkout hides. */
function alone(service: Service, { folder, labels }: { folder: string; labels: Readonly<Record<string, string>> }) {
  const { container_name: _, ports: __, networks, volumes, ...rest } = service;
  const hidden = (volumes ?? [])
    .filter(({ type, source }) => type === 'bind' && source === folder)
    .flatMap(({ target }) => ['.git', '.slipway'].map((name) => ({ type: 'tmpfs', target: `${target}/${name}` })));
  return {
    ...rest,
    volumes: [...(volumes ?? []), ...hidden],
    ...(isJoined(service) ? { networks: { ...networks, default: networks?.default ?? null } } : {}),
    labels: { ...service.labels, ...labels },
  };
}

/** What others made keeps its name; what is made here gets one of the project. */
function unnamed(one: Shared, labels: Readonly<Record<string, string>>): Shared {
  if (one?.external === true) return one;
  const { name: _, ...rest } = one ?? {};
  return { ...rest, labels: { ...rest.labels, ...labels } };
}

/** Rights over the machine, and what lies outside of the repository. */
function refusedOf(service: Service, folder: string): readonly string[] {
  const namespaces = ['network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'cgroup'].filter(
    (name) => service[name] === 'host',
  );
  const devices = service.devices;
  const binds = (service.volumes ?? []).filter(({ type, source = '' }) => type === 'bind' && !isWithin(source, folder));
  return [
    ...(service.privileged === true ? ['privileged'] : []),
    ...(service.use_api_socket === true ? ['the socket of the engine'] : []),
    ...(service.provider === undefined || service.provider === null ? [] : ['a provider, which is a program here']),
    ...(Array.isArray(devices) && devices.length > 0 ? ['devices'] : []),
    ...namespaces.map((name) => `${name}: host`),
    ...binds.map(({ source = '' }) => `a mount of ${source}`),
  ];
}

function isWithin(path: string, folder: string): boolean {
  const inside = path === folder ? '' : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
  return (
    inside !== undefined && !inside.split('/').some((part) => part === '..') && !/^\.(git|slipway)(\/|$)/.test(inside)
  );
}

function mapped<T, R>(record: Readonly<Record<string, T>>, change: (value: T) => R): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no model either.
    return undefined;
  }
}
