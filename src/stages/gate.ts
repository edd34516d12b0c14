import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import { type Finding, judge, type Observed, refine } from '../domain/gate.ts';
import { isRebuildMode, type RebuildMode } from '../domain/gate-mode.ts';
import { type ImageSet, setIdentity } from '../domain/image-set.ts';
import type { Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import { homeOf } from '../domain/staging.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { SplitImage } from '../domain/whole-image.ts';
import type { DockerfileText } from '../formats/dockerfile-steps.ts';
import { differenceOf } from './gating/differences.ts';
import { type FindView, observe, observeParts } from './gating/observe.ts';
import { judgeRebuilds, type Rebuild } from './gating/rebuilt.ts';
import { eitherView, type FindStore, registryView, storeView } from './gating/views.ts';

/** What the gate compares with what was tested, and where that is. */
export type GateWay =
  | { readonly mode: 'promote' }
  | { readonly mode: 'archive'; readonly records: readonly ImageRecord[]; readonly findStore: FindStore }
  | { readonly mode: RebuildMode; readonly rebuilds: readonly Rebuild[] };

/** What the gate is asked about. */
export interface GateInputs {
  readonly plan: Plan;
  readonly set: ImageSet;
  readonly split?: readonly SplitImage[];
  /** By default the gate looks at what is to be published. */
  readonly way?: GateWay;
  /** By key, so that what differs can be said with its line. */
  readonly dockerfiles?: ReadonlyMap<string, DockerfileText>;
}

/** Looks at every image of a set, at one in parts part by part, and judges the set. */
export async function gate(ports: { readonly registry: RegistryClient }, inputs: GateInputs): Promise<Verdict> {
  const { plan, set, split = [], way = { mode: 'promote' } } = inputs;
  const find = viewOf(ports.registry, plan, way);
  const isSplit = new Set(split.map(({ key }) => key));
  const observed = await Promise.all([
    ...set.images
      .filter(({ key }) => !isSplit.has(key))
      .map(async (image) => [image.key, await observe(find, image)] as const),
    ...split.map(async (image) => [image.key, await observeParts(find, image)] as const),
  ]);
  const findings = await Promise.all([
    ...observed.map(([key, one]) => explainSwap(find, inputs, key, one)),
    ...(isRebuildMode(way.mode) && 'rebuilds' in way
      ? plan.images.map(({ key }) => rebuilt(ports, inputs, way, key))
      : []),
  ]);
  const verdict = judge(plan, set, setIdentity(set), new Map(observed));
  return refine(
    verdict,
    way.mode,
    findings.flatMap((finding) => finding ?? []),
  );
}

/** What was carried over lies in the registry, whichever way the rest is looked at. */
function viewOf(registry: RegistryClient, plan: Plan, way: GateWay): FindView {
  const released = registryView(registry);
  if (way.mode !== 'archive') return released;
  const isBuilt = (key: string): boolean => plan.images.some((image) => image.key === key);
  return eitherView(storeView(way.findStore, way.records), isBuilt, released);
}

type KeyedFinding = Finding & { readonly key: string };

/** How a platform that nobody tested differs from the one that was. */
async function explainSwap(
  find: FindView,
  { set, dockerfiles }: GateInputs,
  key: string,
  observed: Observed,
): Promise<KeyedFinding | undefined> {
  const image = set.images.find((one) => one.key === key);
  if (observed.kind !== 'damaged' || observed.swapped === undefined || image === undefined) return undefined;
  const view = await find(image);
  if (typeof view === 'string') return undefined;
  const { source } = view;
  const { tested, found } = observed.swapped;
  const dockerfile = dockerfiles?.get(key);
  const difference = await differenceOf({ source, digest: tested }, { source, digest: found }, { dockerfile });
  return difference && { key, state: 'mismatch', reasons: [], difference };
}

async function rebuilt(
  { registry }: { readonly registry: RegistryClient },
  { plan, dockerfiles }: GateInputs,
  way: Extract<GateWay, { mode: RebuildMode }>,
  key: string,
): Promise<KeyedFinding> {
  const mine = way.rebuilds.filter(({ record }) => record.key === key);
  if (mine.length === 0) return { key, state: 'unverifiable', reasons: ['it was not built a second time'] };
  const image = plan.images.find((one) => one.key === key);
  if (image === undefined) throw new Error(`the plan has no image ${key}`);
  const known = { tested: repositoryContent(registry, homeOf(image)), dockerfile: dockerfiles?.get(key) };
  return { key, ...(await judgeRebuilds(way.mode, mine, known)) };
}
