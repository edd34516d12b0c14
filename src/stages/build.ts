import { type Builder, type BuildResult, build as runBuild } from '../clients/buildx.ts';
import type { Digest } from '../domain/digest.ts';
import { RefusedError, RemoteError } from '../domain/errors.ts';
import { fingerprintOf, layersHash } from '../domain/fingerprint.ts';
import { isAddress, joinPath } from '../domain/path.ts';
import type { PlannedImage } from '../domain/plan.ts';
import type { BuildFragment, PlatformRecord } from '../domain/record.ts';
import type { Ports } from '../ports/ports.ts';
import { type PlatformContent, readImage } from '../store/image-content.ts';
import { openStore, type Store } from '../store/store.ts';

/** An image of the set, in a store on this machine, that others are built on. */
export interface BaseInStore {
  readonly key: string;
  readonly digest: Digest;
  readonly folder: string;
}

/** What a build is made of. */
export interface BuildInputs {
  readonly image: PlannedImage;
  /** The repository's folder. */
  readonly folder: string;
  /** Where the build is to land. */
  readonly storeFolder: string;
  readonly builder: Builder;
  readonly bases: readonly BaseInStore[];
  readonly commitTime: number | null;
}

type BuildPorts = Pick<Ports, 'exec' | 'files' | 'clock' | 'random' | 'processes' | 'log'>;

/** Builds one image into a store, and reads what landed there. */
export async function build(
  ports: BuildPorts,
  inputs: BuildInputs,
): Promise<{
  readonly fragment: BuildFragment;
  readonly store: Store;
  readonly cached: number;
  readonly executed: number;
}> {
  const { image, builder } = inputs;
  const started = ports.clock.now().getTime();
  await placeDockerfile(ports, inputs);
  const result = await runBuild(
    ports.exec,
    {
      builder: builder.name,
      context: joinPath(inputs.folder, image.context),
      dockerfile: joinPath(inputs.folder, image.dockerfile),
      target: image.target,
      platforms: image.platforms,
      buildArgs: image.buildArgs,
      namedContexts: namedContexts(inputs),
      store: inputs.storeFolder,
      fresh: image.cache.fresh,
      epoch: inputs.commitTime,
    },
    (step) => {
      // What BuildKit does for itself tells nobody anything about their image.
      if (step.state !== 'started' || /^\[(.* )?(internal|context .*)\]/.test(step.name)) return;
      ports.log.task(image.key, { kind: 'working', text: `build ${step.name}` });
    },
  );
  if (result.kind === 'failed') throw failure(ports, image, result);
  const store = await openStore(ports, inputs.storeFolder, { name: `the store of ${image.key}` });
  const [root, ...more] = await store.entries();
  if (root === undefined || more.length > 0) throw oddStore(image, more.length + (root === undefined ? 0 : 1));
  const content = await readImage(store, root.digest);
  const fragment: BuildFragment = {
    digest: content.digest,
    mediaType: content.mediaType,
    platforms: content.platforms.map(platformRecord),
    bases: image.bases.map(({ reference, key, digest, platforms }) => {
      const own = inputs.bases.find((base) => base.key === key)?.digest;
      return { reference, key, digest: own ?? digest, platforms };
    }),
    builder: { name: builder.name, driver: builder.driver, version: builder.version },
    durationMs: ports.clock.now().getTime() - started,
  };
  return { fragment, store, cached: result.cached, executed: result.executed };
}

/** A generated Dockerfile is in the plan and in no checkout; whoever made it before us made the same text. */
async function placeDockerfile({ files }: Pick<BuildPorts, 'files'>, { image, folder }: BuildInputs): Promise<void> {
  if (image.dockerfileText === null) return;
  const path = joinPath(folder, image.dockerfile);
  if ((await files.readText(path)) !== image.dockerfileText) await files.write(path, image.dockerfileText);
}

/** What is fixed about one platform, from the raw config. */
export function platformRecord(content: PlatformContent): PlatformRecord {
  const { config } = content;
  const diffIds = config.rootfs.diff_ids;
  return {
    platform: content.platform,
    digest: content.digest,
    config: content.configDigest,
    fingerprint: fingerprintOf({ ...config, diffIds }),
    layers: layersHash(diffIds),
    diffIds,
  };
}

/** A base of the same set stands in for its name, by digest, so that nobody edits a Dockerfile. */
function namedContexts(inputs: BuildInputs): Record<string, string> {
  const contexts = inputs.image.bases.flatMap((base) => {
    const built = inputs.bases.find((candidate) => candidate.key === base.key);
    return built === undefined ? [] : [[base.reference, `oci-layout://${built.folder}@${built.digest}`] as const];
  });
  const folders = Object.entries(inputs.image.contexts).map(([name, path]) => {
    return [name, isAddress(path) ? path : joinPath(inputs.folder, path)] as const;
  });
  return Object.fromEntries([...folders, ...contexts]);
}

function failure(
  ports: BuildPorts,
  image: PlannedImage,
  result: Extract<BuildResult, { kind: 'failed' }>,
): RefusedError {
  ports.log.relay(result.lines, `the end of the build of ${image.key}`);
  const last = result.lines.at(-1)?.slice(0, 300) ?? 'buildx said nothing';
  return new RefusedError({
    code: 'build-failed',
    what: `the build failed${result.step === undefined ? '' : ` at ${JSON.stringify(result.step.slice(0, 200))}`}: ${last}`,
    where: image.dockerfile,
    state: 'nothing of this image was published',
    next: 'mend that line; the end of the build log is above',
  });
}

function oddStore(image: PlannedImage, count: number): RemoteError {
  return new RemoteError({
    code: 'store-odd',
    what: `the build left ${count} images in its store, not one`,
    where: `the store of ${image.key}`,
    state: 'nothing of this image was published',
    next: 'report this with the version of BuildKit that `slipway doctor` shows',
  });
}
