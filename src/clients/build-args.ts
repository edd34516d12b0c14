import type { BuildOptions } from '../domain/build-options.ts';
import type { CachePlan } from '../domain/cache-plan.ts';
import type { Platform } from '../domain/platform.ts';

/** One build, with everything that it depends on. */
export interface BuildRequest {
  readonly builder: string;
  /** Where paths that are not absolute begin. */
  readonly folder: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | null;
  readonly platforms: readonly Platform[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** What stands in for an image that a Dockerfile names. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** The folder in which the build lands, as an OCI layout. */
  readonly store: string;
  readonly cache: CachePlan;
  readonly options: BuildOptions;
  /** The time that files get, in seconds, so that equal inputs give equal layers. */
  readonly epoch: number | null;
  /** The whole environment, where secrets are to be found in it. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The arguments of a build; everything in it is an argument of its own and no shell reads them. */
export function buildArgs(request: BuildRequest): readonly string[] {
  const { cache, target, epoch } = request;
  return [
    ...['buildx', 'build', '--builder', request.builder, '--progress', 'rawjson'],
    ...['--platform', request.platforms.join(',')],
    ...['--file', request.dockerfile],
    ...(target === null ? [] : ['--target', target]),
    ...pairs('--build-arg', request.buildArgs),
    ...(epoch === null ? [] : ['--build-arg', `SOURCE_DATE_EPOCH=${epoch}`]),
    ...pairs('--build-context', request.namedContexts),
    ...optionArgs(request.options),
    ...each('--cache-from', cache.from),
    ...each('--cache-to', cache.to),
    ...(cache.fresh ? ['--no-cache', '--pull'] : []),
    ...['--output', `type=oci,tar=false,dest=${request.store}`],
    request.context,
  ];
}

function optionArgs(options: BuildOptions): readonly string[] {
  const { network, shmSize, provenance, sbom } = options;
  return [
    ...each(
      '--secret',
      options.secrets.map(
        ({ id, from, name }) =>
          field('id', id) +
          (from === 'env' ? ',type=env,' : ',type=file,') +
          field(from === 'env' ? 'env' : 'src', name),
      ),
    ),
    ...each('--ssh', options.ssh),
    ...(network === null ? [] : ['--network', network]),
    ...Object.entries(options.addHosts).flatMap(([host, address]) => ['--add-host', `${host}:${address}`]),
    ...pairs('--ulimit', options.ulimits),
    ...(shmSize === null ? [] : ['--shm-size', shmSize]),
    ...each('--allow', options.allow),
    ...pairs('--label', options.labels),
    ...pairs('--annotation', options.annotations),
    ...each('--no-cache-filter', options.noCacheFilters),
    ...['--provenance', provenance === 'none' ? 'false' : `mode=${provenance}`],
    ...(sbom ? ['--sbom', 'true'] : []),
  ];
}

function pairs(flag: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

function each(flag: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [flag, value]);
}

/** A part of a value that buildx reads as a line of comma-separated fields. */
function field(name: string, value: string): string {
  const text = `${name}=${value}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
