import { ToolError } from '../domain/errors.ts';
import { type Platform, parsePlatform } from '../domain/platform.ts';
import { BuildProgress, type BuildStep } from '../formats/buildkit-progress.ts';
import type { Exec } from '../ports/exec.ts';

/** A builder as buildx describes it. */
export interface Builder {
  readonly name: string;
  readonly driver: string;
  /** BuildKit's version, as it says it itself. */
  readonly version: string;
  readonly platforms: readonly Platform[];
  /** It can write a build to an OCI layout; an engine with the classic image store cannot. */
  readonly canExport: boolean;
}

/** One build, with everything that it depends on. */
export interface BuildRequest {
  readonly builder: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | null;
  readonly platforms: readonly Platform[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** What stands in for an image that a Dockerfile names. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** The folder in which the build lands, as an OCI layout. */
  readonly store: string;
  readonly fresh: boolean;
  /** The time that files get, in seconds, so that equal inputs give equal layers. */
  readonly epoch: number | null;
}

/** How a build ended. */
export type BuildResult =
  | { readonly kind: 'built'; readonly cached: number; readonly executed: number }
  | { readonly kind: 'failed'; readonly step: string | undefined; readonly lines: readonly string[] };

/** Looks at a builder. `undefined`: there is none of this name, or nothing to build with at all. */
export async function inspectBuilder(exec: Exec, name: string | undefined): Promise<Builder | undefined> {
  const args = ['buildx', 'inspect', '--bootstrap', ...(name === undefined ? [] : [name])];
  const result = await exec.run('docker', args, { timeoutMs: 120_000 });
  if (result.exitCode !== 0) return undefined;
  const fields = (label: string): readonly string[] =>
    [...result.stdout.matchAll(new RegExp(`^[ \\t]*${label}:[ \\t]*(.*)$`, 'gm'))].map((match) =>
      (match[1] ?? '').trim(),
    );
  const field = (label: string): string | undefined => fields(label)[0];
  const found = field('Name') ?? '';
  const driver = field('Driver') ?? 'unknown';
  // A builder of several nodes can build what any of them can.
  const platforms = fields('Platforms')
    .flatMap((list) => list.split(','))
    .map((text) => text.replace('*', '').trim());
  return {
    name: found,
    driver,
    version: field('BuildKit version') ?? field('Buildkit') ?? 'unknown',
    platforms: [...new Set(platforms.filter((text) => text !== '').map(parsePlatform))],
    canExport: driver !== 'docker' || (await hasContainerdStore(exec)),
  };
}

/** Builds into a store. */
export async function build(
  exec: Exec,
  request: BuildRequest,
  onStep: (step: BuildStep) => void,
): Promise<BuildResult> {
  const progress = new BuildProgress();
  const result = await exec.run('docker', buildArgs(request), {
    onLine: (line, stream) => {
      if (stream === 'stderr') for (const step of progress.read(line)) onStep(step);
    },
  });
  if (result.exitCode === 0) return { kind: 'built', ...progress.counts() };
  if (result.exitCode === 127) throw noDocker();
  return { kind: 'failed', ...progress.failure() };
}

/** The arguments of a build; everything in it is an argument of its own and no shell reads them. */
export function buildArgs(request: BuildRequest): readonly string[] {
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...['buildx', 'build', '--builder', request.builder, '--progress', 'rawjson'],
    ...['--platform', request.platforms.join(',')],
    ...['--file', request.dockerfile],
    ...(request.target === null ? [] : ['--target', request.target]),
    ...pairs('--build-arg', request.buildArgs),
    ...(request.epoch === null ? [] : ['--build-arg', `SOURCE_DATE_EPOCH=${request.epoch}`]),
    ...pairs('--build-context', request.namedContexts),
    ...['--provenance', 'mode=max'],
    ...(request.fresh ? ['--no-cache', '--pull'] : []),
    ...['--output', `type=oci,tar=false,dest=${request.store}`],
    request.context,
  ];
}

/** Docker is not here at all. */
export function noDocker(): ToolError {
  return new ToolError({
    code: 'docker-missing',
    what: 'there is no docker command on this machine',
    where: 'PATH',
    state: 'nothing was built and nothing was released',
    next: 'install Docker with its buildx plugin, then ask `slipway doctor`',
  });
}

async function hasContainerdStore(exec: Exec): Promise<boolean> {
  const result = await exec.run('docker', ['info', '--format', '{{json .DriverStatus}}'], { timeoutMs: 30_000 });
  return result.exitCode === 0 && result.stdout.includes('io.containerd.snapshotter');
}
