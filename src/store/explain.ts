import { differingLayers } from '../domain/explain/align.ts';
import { type CauseFacts, type ComparedLayer, causeOf } from '../domain/explain/cause.ts';
import { configChanges, quietChanges } from '../domain/explain/config-changes.ts';
import type { ImageDifference, LayerDifference } from '../domain/explain/difference.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { DockerfileText } from '../formats/dockerfile-steps.ts';
import { textOf } from '../formats/image-history.ts';
import type { ContentSource } from '../ports/content.ts';
import { changedStep, type Made, madeBy } from './explain-history.ts';
import type { PlatformContent } from './image-content.ts';
import { compareLayers } from './layer-changes.ts';
import { isDistributed } from './references.ts';

/** One platform of an image, in the place where it is. */
export interface ExplainedSide {
  readonly source: ContentSource;
  readonly content: PlatformContent;
  readonly record?: Pick<ImageRecord, 'builder' | 'bases'> | undefined;
  /** What it was built by, where that is known. */
  readonly dockerfile?: DockerfileText | undefined;
}

/** What else is known of both. */
export interface ExplainOptions {
  /** The cache of the first build, where it is another one by now. */
  readonly cache?: CauseFacts['cache'];
}

/** So many layers are read; of those behind them only the instruction is said. */
const mostCompared = 16;

/** Says why two platforms of images differ. */
export async function explainPlatforms(
  a: ExplainedSide,
  b: ExplainedSide,
  options: ExplainOptions = {},
): Promise<ImageDifference> {
  const { platform } = a.content;
  if (a.content.digest === b.content.digest) return { same: true, layers: [], config: [], cause: null };
  const [one, other] = [madeBy(a.content, a.dockerfile), madeBy(b.content, b.dockerfile)];
  const compared: ComparedLayer[] = [];
  const layers: LayerDifference[] = [];
  for (const pair of differingLayers(aligned(a, one), aligned(b, other))) {
    const [layerA, layerB] = [layerAt(a, pair.a), layerAt(b, pair.b)];
    const canCompare = layerA !== undefined && layerB !== undefined && compared.length < mostCompared;
    const changes = canCompare
      ? await compareLayers({ source: a.source, layer: layerA }, { source: b.source, layer: layerB })
      : undefined;
    const [mineA, mineB] = [one.layer(pair.a), other.layer(pair.b)];
    const mine = mineA ?? mineB;
    compared.push({
      ...pair,
      keyword: mine?.keyword,
      texts: [mineA?.text, mineB?.text],
      changedStep: changedStep(one, other, pair),
      isEmptyElsewhere: isEmpty(pair.a === null ? one : other, pair, mine?.text),
      isBase: mine?.isBase,
      isFromContext: mineA?.isFromContext === true && mineB?.isFromContext === true,
      changes,
    });
    layers.push({
      platform,
      index: pair.a ?? pair.b ?? 0,
      instruction: mine?.text || null,
      line: mine?.line ?? null,
      size: { a: layerA?.size ?? null, b: layerB?.size ?? null },
      changed: changes?.total ?? null,
      paths: [...(changes?.paths ?? [])],
    });
  }
  const config = configChanges(a.content.config, b.content.config);
  const cause = causeOf({
    layers: compared,
    config,
    quiet: quietChanges(a.content.config, b.content.config),
    packing: packingOf(a, b),
    builders: buildersOf(a, b, [one, other]),
    bases: movedBases(a, b),
    base: one.base ?? other.base,
    cache: options.cache,
  });
  return { same: false, layers, config: config.map((change) => ({ platform, ...change })), cause };
}

function aligned({ content }: ExplainedSide, made: Made) {
  return content.config.rootfs.diff_ids.map((diffId, place) => ({ diffId, text: made.layer(place)?.text }));
}

/** A layer that can be read; one that only its owner hands out cannot, and of an odd image nobody knows which is whose. */
function layerAt({ content }: ExplainedSide, place: number | null) {
  const { layers, config } = content;
  if (place === null || layers.length !== config.rootfs.diff_ids.length) return undefined;
  const layer = layers[place];
  return layer !== undefined && isDistributed(layer) ? layer : undefined;
}

function isEmpty(made: Made, pair: { a: number | null; b: number | null }, text: string | undefined): boolean {
  if ((pair.a !== null && pair.b !== null) || text === undefined) return false;
  return made.steps?.some((step) => step.layer === undefined && textOf(step) === text) === true;
}

function packingOf(a: ExplainedSide, b: ExplainedSide): CauseFacts['packing'] {
  const [one, other] = [a, b].map(({ content }) =>
    [...new Set(content.layers.map(({ mediaType }) => mediaType))].join(),
  );
  const isRepacked = a.content.layers.some(({ digest }, place) => b.content.layers[place]?.digest !== digest);
  if (one === undefined || other === undefined || (!isRepacked && one === other)) return undefined;
  return one === other ? ['packed once', 'packed again'] : [one, other];
}

const unknown = ['', 'unknown'];

function buildersOf(
  { record: one }: ExplainedSide,
  { record: other }: ExplainedSide,
  [a, b]: readonly [Made, Made],
): CauseFacts['builders'] {
  if (a.builder !== undefined && b.builder !== undefined && a.builder !== b.builder) return [a.builder, b.builder];
  if (one === undefined || other === undefined) return undefined;
  const versions = [one.builder.version, other.builder.version] as const;
  return versions.some((version) => unknown.includes(version)) ? undefined : versions;
}

function movedBases(a: ExplainedSide, b: ExplainedSide): CauseFacts['bases'] {
  const { platform } = a.content;
  return (a.record?.bases ?? []).flatMap(({ reference, digest, platforms }) => {
    const other = b.record?.bases.find((one) => one.reference === reference);
    const [was, is] = [platforms?.[platform] ?? digest, other?.platforms?.[platform] ?? other?.digest ?? null];
    return was === null || is === null || was === is ? [] : [{ reference, a: was, b: is }];
  });
}
