import { type Builder, isRunning, build as runBuild } from '../clients/buildx.ts';
import { RemoteError } from '../domain/errors.ts';
import { fingerprintOf, layersHash } from '../domain/fingerprint.ts';
import { type ImageOrigin, imageLabels } from '../domain/oci-labels.ts';
import { joinPath } from '../domain/path.ts';
import type { PlannedImage } from '../domain/plan.ts';
import type { BuildFragment, PlatformRecord } from '../domain/record.ts';
import { isHousekeeping } from '../formats/buildkit-progress.ts';
import type { Ports } from '../ports/ports.ts';
import { type PlatformContent, readImage } from '../store/image-content.ts';
import { openStore, type Store } from '../store/store.ts';
import { placeDockerfile } from './building/dockerfile-place.ts';
import { failure } from './building/failure.ts';
import { type BaseInStore, namedContexts } from './building/named-contexts.ts';
import { cacheUse, tellCaches, tellChecks } from './building/reports.ts';
import { refuseSecretArgs } from './building/secret-args.ts';
import { findSecrets, type SecretSearch } from './building/secrets.ts';

/** What a build is made of. */
export interface BuildInputs extends SecretSearch {
  /** Where the build is to land. */
  readonly storeFolder: string;
  readonly builder: Builder;
  readonly bases: readonly BaseInStore[];
  readonly origin: ImageOrigin;
}

type BuildPorts = Pick<Ports, 'env' | 'exec' | 'files' | 'clock' | 'random' | 'processes' | 'log' | 'secrets'>;

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
  refuseSecretArgs(ports, image);
  const dockerfile = await placeDockerfile(ports.files, inputs);
  const { options, env } = await findSecrets(ports, inputs);
  const result = await runBuild(
    ports.exec,
    {
      builder: builder.name,
      folder: inputs.folder,
      context: joinPath(inputs.folder, image.context),
      dockerfile,
      target: image.target,
      platforms: image.platforms,
      buildArgs: image.buildArgs,
      namedContexts: namedContexts(inputs),
      store: inputs.storeFolder,
      cache: image.cache,
      options: { ...options, labels: imageLabels(image.key, inputs.origin, options.labels) },
      env,
      epoch: inputs.origin.commitTime,
    },
    (step) => {
      if (step.state !== 'started' || isHousekeeping(step.name)) return;
      ports.log.task(image.key, { kind: 'working', text: `build ${step.name}` });
    },
  );
  tellChecks(ports, image, result.warnings);
  if (result.kind === 'failed') {
    const isGone = !(await isRunning(ports.exec, builder.name));
    throw failure(ports, { image, builder: builder.name, store: inputs.storeFolder, isGone }, result);
  }
  tellCaches(ports, image, result.caches);
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
    cache: cacheUse(result),
    durationMs: ports.clock.now().getTime() - started,
  };
  return { fragment, store, cached: result.cached, executed: result.executed };
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

function oddStore(image: PlannedImage, count: number): RemoteError {
  return new RemoteError({
    code: 'store-odd',
    what: `the build left ${count} images in its store, not one`,
    where: `the store of ${image.key}`,
    state: 'nothing of this image was published',
    next: 'report this with the version of BuildKit that `slipway doctor` shows',
  });
}
