import type { RegistryClient } from '../clients/registry/client.ts';
import { sizeText } from '../domain/byte-size.ts';
import type { Digest } from '../domain/digest.ts';
import { CancelledError, SlipwayError } from '../domain/errors.ts';
import type { Repository, Tag } from '../domain/image-ref.ts';
import { hasDoubled, type ImageSize } from '../domain/image-size.ts';
import { type Platform, platformOf } from '../domain/platform.ts';
import type { PlatformRecord } from '../domain/record.ts';
import { readManifest } from '../formats/manifest.ts';
import { isAttestation, type OciManifest } from '../formats/oci.ts';
import type { RawManifest } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';

/** What is weighed, and with what it is compared. */
export interface MeasureInputs {
  readonly key: string;
  readonly repository: Repository;
  readonly platforms: readonly PlatformRecord[];
  readonly store: { readManifest(digest: Digest): Promise<RawManifest | undefined> };
  /** Absent where nothing is published anywhere. */
  readonly registry: RegistryClient | undefined;
  /** The tags of what was published last; the first that there is counts. */
  readonly tags: readonly Tag[];
}

type Published = Pick<ImageSize, 'since' | 'problem'> & { readonly sizes: ReadonlyMap<Platform, number> };

const nothing: Published = { since: undefined, problem: undefined, sizes: new Map() };

/** Weighs an image, and says where it is at least twice what was published last. A registry that does not answer fails nothing. */
export async function measure({ log }: Pick<Ports, 'log'>, inputs: MeasureInputs): Promise<ImageSize> {
  const wanted = inputs.platforms.map(({ platform }) => platform);
  const { sizes, ...published } = await readPublished(inputs, wanted);
  const platforms = await Promise.all(
    inputs.platforms.map(async ({ platform, digest }) => {
      const raw = await inputs.store.readManifest(digest);
      const read = raw === undefined ? undefined : readManifest(raw);
      const layers = read?.kind === 'manifest' ? read.manifest.layers : [];
      return {
        platform,
        bytes: weightOf(layers),
        layers: layers.map((layer) => ({ digest: layer.digest, bytes: layer.size })),
        before: sizes.get(platform),
      };
    }),
  );
  for (const one of platforms) {
    if (!hasDoubled(one)) continue;
    const [now, before] = [sizeText(one.bytes), sizeText(one.before ?? 0)];
    log.warning(
      `${inputs.key} weighs ${now} on ${one.platform}: at least twice as much as ${published.since}, ${before}`,
    );
  }
  return { platforms, ...published };
}

async function readPublished(inputs: MeasureInputs, wanted: readonly Platform[]): Promise<Published> {
  const { registry, repository, tags } = inputs;
  if (registry === undefined) return nothing;
  try {
    for (const tag of new Set(tags)) {
      const found = await registry.resolve(repository, tag);
      if (found !== undefined) {
        const sizes = await publishedSizes({ registry, repository }, found.digest, wanted);
        return { since: tag, problem: undefined, sizes };
      }
    }
    return nothing;
  } catch (error) {
    if (!(error instanceof SlipwayError) || error instanceof CancelledError) throw error;
    return { ...nothing, problem: error.what };
  }
}

/** The sizes of a published image by its manifests alone. Without an index nothing but its config says the platform: it is taken for ours, where we have one. */
async function publishedSizes(
  { registry, repository }: { readonly registry: RegistryClient; readonly repository: Repository },
  digest: Digest,
  wanted: readonly Platform[],
): Promise<ReadonlyMap<Platform, number>> {
  const read = async (one: Digest) => {
    const raw = await registry.readManifest(repository, one);
    return raw === undefined ? undefined : readManifest(raw);
  };
  const root = await read(digest);
  if (root?.kind === 'manifest') {
    const [only, ...more] = wanted;
    return only === undefined || more.length > 0 ? new Map() : new Map([[only, weightOf(root.manifest.layers)]]);
  }
  const sizes = new Map<Platform, number>();
  for (const member of root?.index.manifests ?? []) {
    if (isAttestation(member) || member.platform === undefined) continue;
    const platform = platformOf(member.platform);
    if (!wanted.includes(platform) || sizes.has(platform)) continue;
    const manifest = await read(member.digest);
    if (manifest?.kind === 'manifest') sizes.set(platform, weightOf(manifest.manifest.layers));
  }
  return sizes;
}

function weightOf(layers: OciManifest['layers']): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
