import { algorithmOf, type Digest, Hasher } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { uncompressed } from '../formats/compression.ts';
import type { OciDescriptor } from '../formats/oci.ts';
import type { ContentSource } from '../ports/content.ts';
import type { PlatformContent } from './image-content.ts';
import { inParallel } from './parallel.ts';
import { isDistributed } from './references.ts';

/** One thing that is wrong with an image. */
export interface LayerProblem {
  readonly digest: Digest;
  readonly why: string;
}

/** What the layers of an image are like; without problems, each was read to its end. */
export interface LayerCheck {
  readonly problems: readonly LayerProblem[];
  /** Layers that their owner alone hands out, which nobody here can read. */
  readonly unchecked: readonly Digest[];
}

/** How to check. */
export interface LayerCheckOptions {
  readonly concurrency?: number;
  /** The most that one layer may be when it is unpacked. */
  readonly maxBytes?: number;
}

/** These say something about the image; what else fails says something about the place, or about us. */
const findings: readonly string[] = ['content-damaged', 'content-missing', 'packing-damaged', 'unpacked-too-large'];

/**
 * Proves of one platform of an image that every layer is there with every byte, and that each is, unpacked, what the config says.
 * The config itself was compared with its digest when the image was read.
 */
export async function checkLayers(
  source: ContentSource,
  image: Pick<PlatformContent, 'digest' | 'layers' | 'config'>,
  { concurrency = 4, maxBytes }: LayerCheckOptions = {},
): Promise<LayerCheck> {
  const { layers } = image;
  const diffIds = image.config.rootfs.diff_ids;
  const problems = new Map<string, LayerProblem>();
  const report = (digest: Digest, why: string): void => void problems.set(`${digest} ${why}`, { digest, why });
  const isPaired = layers.length === diffIds.length;
  if (!isPaired) report(image.digest, `it has ${layers.length} layers, and its config speaks of ${diffIds.length}`);

  /** A layer that is there twice is read once, and must then be what the config says in both places. */
  const wanted = new Map<Digest, { readonly layer: OciDescriptor; readonly diffIds: Set<Digest> }>();
  for (const [place, layer] of layers.entries()) {
    if (!isDistributed(layer)) continue;
    const one = wanted.get(layer.digest) ?? { layer, diffIds: new Set() };
    const diffId = isPaired ? diffIds[place] : undefined;
    if (diffId !== undefined) one.diffIds.add(diffId);
    wanted.set(layer.digest, one);
  }
  await inParallel([...wanted.values()], concurrency, async ({ layer, diffIds: expected }) => {
    for (const why of await problemsOf(source, layer, [...expected], maxBytes)) report(layer.digest, why);
  });

  const places = new Map(layers.map((layer, place) => [layer.digest, place]));
  const placeOf = ({ digest }: LayerProblem): number => places.get(digest) ?? -1;
  return {
    problems: [...problems.values()].sort((a, b) => placeOf(a) - placeOf(b)),
    unchecked: [...new Set(layers.filter((layer) => !isDistributed(layer)).map((layer) => layer.digest))],
  };
}

async function problemsOf(
  source: ContentSource,
  layer: OciDescriptor,
  diffIds: readonly Digest[],
  maxBytes: number | undefined,
): Promise<readonly string[]> {
  try {
    const content = await source.readBlob(layer);
    if (content === undefined) return ['it is not there'];
    const hashers = new Map((['sha256', 'sha512'] as const).map((algorithm) => [algorithm, new Hasher(algorithm)]));
    const used = diffIds.map(algorithmOf);
    const limit = maxBytes === undefined ? {} : { maxBytes };
    for await (const piece of uncompressed(content, { where: layer.digest, ...limit })) {
      for (const [algorithm, hasher] of hashers) if (used.includes(algorithm)) hasher.add(piece);
    }
    const found = [...hashers.values()].map((hasher) => hasher.digest());
    return diffIds
      .filter((diffId) => !found.includes(diffId))
      .map((diffId) => {
        const own = found.find((digest) => algorithmOf(digest) === algorithmOf(diffId));
        return `unpacked it is ${own}, and the config says ${diffId}`;
      });
  } catch (failure) {
    if (failure instanceof RemoteError && findings.includes(failure.code)) return [failure.what];
    throw failure;
  }
}
