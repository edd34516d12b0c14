import { ToolError } from '../domain/errors.ts';
import { type Platform, parsePlatform } from '../domain/platform.ts';
import { type UsedCache, unsaidWrites } from '../formats/buildkit-cache.ts';
import { type BuildFailure, BuildProgress, type BuildStep } from '../formats/buildkit-progress.ts';
import type { BuildWarning } from '../formats/buildkit-warning.ts';
import type { Exec } from '../ports/exec.ts';
import { type BuildRequest, buildArgs } from './build-args.ts';

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

/** How a build ended, and what was said about its Dockerfile and its caches. */
export type BuildResult = {
  readonly warnings: readonly BuildWarning[];
  readonly caches: readonly UsedCache[];
} & (
  | { readonly kind: 'built'; readonly cached: number; readonly executed: number }
  | ({ readonly kind: 'failed' } & BuildFailure)
);

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

/** Tells whether a builder still runs; nothing is started for that. */
export async function isRunning(exec: Exec, name: string): Promise<boolean> {
  const { exitCode, stdout } = await exec.run('docker', ['buildx', 'inspect', name], { timeoutMs: 30_000 });
  return exitCode === 0 && /^[ \t]*Status:[ \t]*running/m.test(stdout);
}

/** Builds into a store. */
export async function build(
  exec: Exec,
  request: BuildRequest,
  onStep: (step: BuildStep) => void,
): Promise<BuildResult> {
  const progress = new BuildProgress();
  const result = await exec.run('docker', buildArgs(request), {
    cwd: request.folder,
    ...(request.env === undefined ? {} : { env: request.env }),
    onLine: (line, stream) => {
      if (stream === 'stderr') for (const step of progress.read(line)) onStep(step);
    },
  });
  if (result.exitCode === 127) throw noDocker();
  const said = { warnings: progress.warnings(), caches: progress.caches() };
  if (result.exitCode === 0) {
    const caches = [...said.caches, ...unsaidWrites(request.cache.to, said.caches)];
    return { kind: 'built', ...said, caches, ...progress.counts() };
  }
  return { kind: 'failed', ...said, ...progress.failure() };
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
