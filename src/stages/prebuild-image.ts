import type { DevcontainerBuild, DevcontainerCli } from '../clients/devcontainer.ts';
import { readStartImage, type StartImage, startOf } from '../clients/devcontainer-image.ts';
import type { Engine } from '../clients/engine.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { TakenPath } from '../domain/devcontainer/mounts.ts';
import { pathsOfPrivileges, privilegesIn } from '../domain/devcontainer/refusals.ts';
import type { ImageStart } from '../domain/devcontainer/run-args.ts';
import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { parseRepository, type Repository } from '../domain/image-ref.ts';
import type { Platform } from '../domain/platform.ts';
import { metadataLabel, privilegesOfLabel } from '../formats/devcontainer-result.ts';
import type { Ports } from '../ports/ports.ts';
import { copyContent } from '../store/copy.ts';
import { type PlatformContent, readImage } from '../store/image-content.ts';
import { storeHandler } from '../store/registry/store-handler.ts';
import { createStore, openStore, type Store } from '../store/store.ts';
import { bringImage } from './testing/engine-image.ts';
import type { NoteName } from './testing/engine-names.ts';

/** The image of a dev container as the engine has it. */
export interface PrebuiltImage {
  /** The name by which the engine has it. */
  readonly reference: string;
  /** What a tag names, or will name. */
  readonly digest: Digest;
  readonly platform: Platform;
  readonly diffIds: readonly Digest[];
  /** Bytes of its layers, packed; unknown where the engine pulled it by itself. */
  readonly bytes: number | undefined;
  /** Where it was built, if it was. */
  readonly store: Store | undefined;
  /** What its label asks for beyond what containers have; known only of an image that was built here. */
  readonly hazards: ReturnType<typeof privilegesIn>;
  /** What its label mounts of the repository. */
  readonly paths: readonly TakenPath[];
  /** What it says about its start, where the engine was asked already. */
  readonly start?: ImageStart | undefined;
}

type ImagePorts = Pick<
  Ports,
  'clock' | 'env' | 'exec' | 'files' | 'httpServer' | 'log' | 'processes' | 'random' | 'secrets'
>;

/** Who has the image, and for whom. */
export interface EngineSide {
  readonly engine: Engine;
  readonly platform: Platform;
  /** Hears every name that the engine is about to get and that somebody is to take away again. */
  readonly noteName: NoteName;
  /** The folder for what nobody needs after the run. */
  readonly folder: string;
}

/** Takes the published image by its digest; nothing is built. */
export async function reuseImage(
  ports: ImagePorts,
  side: EngineSide,
  published: { readonly registry: RegistryClient; readonly repository: Repository; readonly digest: Digest },
): Promise<PrebuiltImage> {
  const { registry, repository, digest } = published;
  const { engine, platform } = side;
  const reference = `${repository}@${digest}`;
  // What it says is read from the registry while the engine pulls it, which then need not be asked.
  const source = repositoryContent(registry, repository);
  const asked = readImage(source, digest).catch(() => undefined);
  const look = () => readStartImage(ports.exec, reference);
  let there: StartImage | undefined;
  const isPulled = await engine.pull(repository, digest, platform).catch(async (error: unknown) => {
    // What the engine has already is not denied to it.
    there = await look();
    if (there === undefined) throw error;
    return true;
  });
  const found = isPulled ? (await asked)?.platforms.find((one) => one.platform === platform) : undefined;
  there ??= found === undefined ? await look() : startOf(found);
  if (there !== undefined) {
    const { layers: diffIds, start } = there;
    const rest = { bytes: undefined, store: undefined, hazards: [], paths: [] };
    return { reference, digest, platform, diffIds, start, ...rest };
  }
  ports.log.info(`the engine does not reach ${repository}: the image is brought to it from here`);
  const store = await createStore(ports, `${side.folder}/published`);
  await copyContent(source, store, { digest });
  return fromStore(ports, side, { store, digest, built: false });
}

/** Builds the image into a store, and gives the engine exactly those bytes. */
export async function buildImage(
  ports: ImagePorts,
  side: EngineSide,
  { cli, build }: { readonly cli: DevcontainerCli; readonly build: Omit<DevcontainerBuild, 'store'> },
): Promise<PrebuiltImage> {
  const folder = `${side.folder}/store`;
  await cli.build({ ...build, store: folder });
  const store = await openStore(ports, folder, { name: 'the store of the dev container' });
  const [root, ...more] = await store.entries();
  if (root === undefined || more.length > 0) throw oddStore(root === undefined ? 0 : more.length + 1);
  return fromStore(ports, side, { store, digest: root.digest, built: true });
}

async function fromStore(
  ports: ImagePorts,
  side: EngineSide,
  { store, digest, built }: { readonly store: Store; readonly digest: Digest; readonly built: boolean },
): Promise<PrebuiltImage> {
  const { engine, platform, noteName, folder: scratch } = side;
  const { platforms } = await readImage(store, digest);
  const content = platforms.find((one) => one.platform === platform);
  if (content === undefined) throw otherPlatform(platforms, platform);
  const path = 'devcontainer';
  await using server = await ports.httpServer.listen(storeHandler(store, path));
  const repository = parseRepository(`127.0.0.1:${server.port}/${path}`, 'our own registry');
  const { reference } = await bringImage(ports, { engine, store, repository, noteName, scratch }, content);
  return {
    reference,
    digest,
    platform,
    diffIds: content.config.rootfs.diff_ids,
    bytes: content.layers.reduce((sum, { size }) => sum + size, 0),
    store: built ? store : undefined,
    ...reachOf(content),
  };
}

function reachOf({ config }: PlatformContent): Pick<PrebuiltImage, 'hazards' | 'paths'> {
  const labels = config.config?.Labels;
  const found = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  const label: unknown = found.find(([name]) => name === metadataLabel)?.[1];
  const asked = privilegesOfLabel(label);
  const where = 'the label of the image';
  return {
    hazards: asked.flatMap((one) => privilegesIn(one, where)),
    paths: asked.flatMap((one) => pathsOfPrivileges(one, where)),
  };
}

function oddStore(count: number): RemoteError {
  return new RemoteError({
    code: 'store-odd',
    what: `the build left ${count} images in its store, not one`,
    where: 'the store of the dev container',
    state: 'nothing was published',
    next: 'report this with the version of BuildKit that `slipway doctor` shows',
  });
}

function otherPlatform(platforms: readonly PlatformContent[], wanted: Platform): RemoteError {
  return new RemoteError({
    code: 'devcontainer-platform',
    what: `the image is for ${platforms.map(({ platform }) => platform).join(', ')}, and this engine runs ${wanted}`,
    where: 'the image of the dev container',
    state: 'no container was started',
    next: `add ${wanted} to the input platforms`,
  });
}
