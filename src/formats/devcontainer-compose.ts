import { z } from 'zod';
import type { ComposeBuild, ComposeProject } from '../domain/devcontainer/compose.ts';
import { ConfigError } from '../domain/errors.ts';
import { containedPath, isAddress } from '../domain/path.ts';
import { composeReach, composeSharedReach } from './devcontainer-compose-hazards.ts';

const Texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable());
const Build = z.looseObject({
  context: z.string().optional(),
  dockerfile: z.string().optional(),
  dockerfile_inline: z.string().optional(),
  target: z.string().optional(),
  args: Texts.nullish(),
  labels: Texts.nullish(),
  cache_from: z.array(z.string()).nullish(),
  additional_contexts: z.record(z.string(), z.string()).nullish(),
  extra_hosts: z.array(z.string()).nullish(),
  network: z.string().nullish(),
  shm_size: z.union([z.string(), z.number()]).nullish(),
});
type Build = z.infer<typeof Build>;
const Service = z.looseObject({
  image: z.string().optional(),
  build: Build.nullish(),
  env_file: z.array(z.looseObject({ path: z.string() })).nullish(),
});
const Shared = z.looseObject({ external: z.boolean().nullish() }).nullable();
const Model = z.looseObject({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), Shared).nullish(),
  volumes: z.record(z.string(), Shared).nullish(),
});

/** What a configuration says about compose. */
interface ComposeWish {
  /** The repository's folder. */
  readonly folder: string;
  readonly configFile: string;
  readonly files: readonly string[];
  readonly service: string;
}

/** Reads what `docker compose config` says of the files of a dev container. */
export function readComposeProject(text: string, wish: ComposeWish): ComposeProject {
  const read = Model.safeParse(parsed(text));
  if (!read.success) throw invalid(wish, 'compose says nothing of it that can be read');
  const { services, networks, volumes } = read.data;
  const dev = services[wish.service];
  if (dev === undefined) throw noService(wish, Object.keys(services));
  if (dev.build === undefined && dev.image === undefined)
    throw invalid(wish, `the service ${wish.service} has neither an image nor a build`);
  const { folder } = wish;
  const names = Object.keys(services);
  const reach = [
    ...names.map((name) => composeReach(name, services[name], folder)),
    composeSharedReach(read.data, folder),
  ];
  return {
    files: wish.files,
    // One elsewhere on the machine says nothing about the repository.
    envFiles: (dev.env_file ?? []).flatMap(({ path }) =>
      path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
    ),
    service: wish.service,
    image: dev.build == null ? dev.image : undefined,
    build: dev.build == null ? undefined : readBuild(dev.build, wish),
    services: names,
    networks: ownOnes(networks),
    volumes: ownOnes(volumes),
    builtBeside: names.filter(
      (name) => name !== wish.service && services[name]?.build != null && services[name]?.image === undefined,
    ),
    hazards: reach.flatMap(({ hazards }) => hazards),
    paths: reach.flatMap(({ paths }) => paths),
  };
}

/** What others made has their labels. */
function ownOnes(shared: Readonly<Record<string, z.infer<typeof Shared>>> | null | undefined): readonly string[] {
  return Object.entries(shared ?? {}).flatMap(([name, one]) => (one?.external === true ? [] : [name]));
}

/** What a configuration of a Dockerfile cannot say, or would say to the wrong builder. */
const unknownToUs = ['secrets', 'ssh', 'privileged', 'entitlements', 'isolation'];

function readBuild(build: Build, wish: ComposeWish): ComposeBuild {
  const odd = unknownToUs.filter((name) => isSaid(build[name]));
  const contexts = Object.entries(build.additional_contexts ?? {});
  const ofServices = contexts.filter(([, context]) => context.startsWith('service:'));
  if (ofServices.length > 0) odd.push(`additional_contexts ${ofServices.map(([name]) => name).join(', ')}`);
  if (odd.length > 0) throw unsupported(wish, odd);
  const { context = wish.folder, dockerfile_inline: inline } = build;
  if (isAddress(context) || context.startsWith('git@')) throw unsupported(wish, ['a context that is an address']);
  const base = within(context, wish, 'the build context');
  const dockerfile = build.dockerfile ?? 'Dockerfile';
  const path = dockerfile.startsWith('/') ? dockerfile : `${wish.folder}/${base}/${dockerfile}`;
  const folders = contexts.filter(([, at]) => !isAddress(at));
  return {
    context: base,
    dockerfile: inline === undefined ? within(path, wish, 'the Dockerfile') : undefined,
    inline,
    target: build.target,
    args: texts(build.args),
    folders: Object.fromEntries(folders.map(([name, at]) => [name, within(at, wish, 'a build context')])),
    cacheFrom: build.cache_from ?? [],
    options: [
      ...contexts.filter(([, at]) => isAddress(at)).flatMap(([name, at]) => ['--build-context', `${name}=${at}`]),
      ...Object.entries(texts(build.labels)).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
      ...(build.extra_hosts ?? []).flatMap((host) => ['--add-host', host.replace('=', ':')]),
      ...(build.network == null ? [] : ['--network', build.network]),
      ...(build.shm_size == null ? [] : ['--shm-size', `${build.shm_size}`]),
    ],
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}

function texts(values: z.infer<typeof Texts> | null | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, `${value}`]])),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no model either.
    return undefined;
  }
}

/** compose makes every path one of the machine; ours are those of the repository. */
function within(path: string, { folder, configFile }: ComposeWish, what: string): string {
  const inside = path === folder ? '.' : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  return containedPath(inside, what, configFile);
}

const state = 'nothing was built';

function invalid({ configFile }: ComposeWish, what: string): ConfigError {
  const next = 'what does `docker compose --file FILE config` say?';
  return new ConfigError({ code: 'devcontainer-compose-invalid', what, where: { file: configFile }, state, next });
}

function noService({ configFile, service }: ComposeWish, known: readonly string[]): ConfigError {
  return new ConfigError({
    code: 'devcontainer-compose-invalid',
    what: `no service of the compose files is called ${JSON.stringify(service)}`,
    where: { file: configFile },
    state,
    next: `choose from: ${known.join(', ')}`,
  });
}

function unsupported({ configFile, service }: ComposeWish, what: readonly string[]): ConfigError {
  return new ConfigError({
    code: 'devcontainer-compose-build',
    what: `the build of ${service} has ${what.join(', ')}, which the CLI of dev containers cannot be given`,
    where: { file: configFile },
    state,
    next: 'leave it out; what a build needs to know goes into build.args, and secrets into the input env, at run time',
  });
}
