import type { RegistryClient } from '../clients/registry/client.ts';
import { isReachable } from '../clients/registry/reach.ts';
import { ConfigError, RemoteError } from '../domain/errors.ts';
import { branchOf, type EventFacts, isRefresh } from '../domain/event.ts';
import { levelsOf, withDependents } from '../domain/graph.ts';
import { hostOf, parseRepository, type Tag } from '../domain/image-ref.ts';
import type { BuildReason, CarriedImage, Plan, PlannedImage, RunFacts } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import { mayPublish, type Rights, rightsOf } from '../domain/rights.ts';
import { branchTag, type TagPlan, tagsOf } from '../domain/tags.ts';
import { parseVersion, type Version } from '../domain/version.ts';
import type { SlipwayConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { type Draft, readDrafts } from './planning/drafts.ts';
import { findProofs, type Proof } from './planning/proof.ts';

/** Everything that a plan is made from. */
export interface PlanInputs {
  readonly folder: string;
  readonly config: SlipwayConfig;
  readonly configFile: string;
  readonly prefix: string;
  readonly event: EventFacts;
  readonly run: RunFacts;
  readonly commit: { readonly id: string | null; readonly time: number | null; readonly dirty: boolean };
  readonly only?: readonly string[] | undefined;
  readonly buildable?: readonly Platform[] | undefined;
  /** Asks no registry; then everything counts as changed. */
  readonly offline: boolean;
}

type PlanPorts = Pick<Ports, 'files' | 'http' | 'clock'> & { readonly registry: RegistryClient };

/** Decides everything that can be decided before anything is built. */
export async function plan(ports: PlanPorts, inputs: PlanInputs): Promise<Plan> {
  const version = await readVersion(ports, inputs);
  const rights = rightsOf(inputs.event, version);
  const tags = tagsOf(inputs.event, rights, version, { number: inputs.run.number, date: ports.clock.now() });
  const tag: string = tags.immutable[0] ?? tags.floating[0] ?? 'untagged';
  const drafts = await readDrafts(ports.files, {
    ...inputs,
    only: inputs.only,
    buildable: inputs.buildable,
    version: version ?? null,
    tag,
  });
  const notes = [...platformNotes(inputs, drafts)];
  const isOnline = await isAnswering(ports, inputs, rights);
  if (!isOnline && !inputs.offline)
    notes.push(`${hostOfPrefix(inputs)} could not be reached: every image counts as changed`);
  const proofs =
    isOnline && !isRefresh(inputs.event)
      ? await findProofs(ports.registry, drafts, candidateTags(inputs.event, tags))
      : new Map<string, Proof>();
  const reasons = decide(inputs.event, drafts, proofs);
  if (isOnline) await refuseTakenTags(ports.registry, { drafts, tags, reasons, proofs });
  const built = drafts.filter((draft) => reasons.has(draft.key));
  if (inputs.event.name === 'release') refuseUnproven(inputs.event, built);
  if (inputs.commit.dirty)
    notes.push('the working tree has changes that no commit holds: its records are never adopted');
  return {
    schema: 'slipway.plan/1',
    version: version ?? null,
    event: inputs.event,
    rights,
    run: inputs.run,
    commit: inputs.commit.id,
    commitTime: inputs.commit.time,
    dirty: inputs.commit.dirty,
    levels: levelsOf(new Map(built.map(({ key, needs }) => [key, needs]))).map((level) => [...level]),
    rows: [],
    images: built.map((draft) => plannedImage(draft, tags, reasons.get(draft.key), isRefresh(inputs.event))),
    carried: drafts.flatMap((draft) => carriedImage(draft, tags, reasons, proofs.get(draft.key))),
    notes,
  };
}

/** A release event gives tags to what was proven before; it builds nothing. */
function refuseUnproven(event: EventFacts, unproven: readonly Draft[]): void {
  if (unproven.length === 0) return;
  throw new ConfigError({
    code: 'release-unproven',
    what: `no image was built and tested yet for the files of this commit: ${unproven.map(({ key }) => key).join(', ')}`,
    where: event.ref,
    state: 'no tag was written',
    next: 'let the run of the commit on its branch end first, then run this one again',
  });
}

async function readVersion(ports: PlanPorts, inputs: PlanInputs): Promise<Version | undefined> {
  const file = inputs.config['version-file'];
  const text = await ports.files.readText(`${inputs.folder}/${file}`);
  return text === undefined ? undefined : parseVersion(text, file);
}

function* platformNotes(inputs: PlanInputs, drafts: readonly Draft[]): Iterable<string> {
  for (const { key, platforms } of drafts) {
    const asked = inputs.config.images[key]?.platforms ?? [];
    if (platforms.length === 0) {
      throw new ConfigError({
        code: 'platform-not-buildable',
        what: `the builder can build none of the platforms of ${key}: ${asked.join(', ')}`,
        where: `images.${key}.platforms in ${inputs.configFile}`,
        state: 'nothing was built',
        next: 'set up emulation (QEMU) for it, or use a builder that has that platform',
      });
    }
    if (platforms.length < asked.length) {
      const left = asked.filter((platform) => !platforms.some((one) => one === platform));
      yield `${key} is built without ${left.join(', ')}: this builder has no emulation for it`;
    }
  }
}

function hostOfPrefix(inputs: PlanInputs): string {
  return hostOf(parseRepository(`${inputs.prefix}/image`, 'the registry prefix'));
}

/** Tells whether the registry can be asked; a run that may publish does not go on without it. */
async function isAnswering(ports: PlanPorts, inputs: PlanInputs, rights: Rights): Promise<boolean> {
  if (inputs.offline) return false;
  const host = hostOfPrefix(inputs);
  if (await isReachable(ports.http, host)) return true;
  if (!mayPublish(rights)) return false;
  throw new RemoteError({
    code: 'registry-unreachable',
    what: `the registry ${host} does not answer`,
    where: host,
    state: 'nothing was built and nothing was released',
    next: 'check its name and the network; `slipway plan --offline` plans without it',
  });
}

/** Where the image of an earlier run would be: behind what we would write, behind the branch, behind the default branch. */
function candidateTags(event: EventFacts, tags: TagPlan): readonly Tag[] {
  const branch = branchOf(event.ref);
  return [
    ...tags.immutable,
    ...(branch === undefined ? [] : [branchTag(branch)]),
    branchTag(event.defaultBranch),
    ...tags.floating,
  ];
}

/** An immutable tag that names something else stops the run now, and not after an hour of builds. */
async function refuseTakenTags(
  registry: RegistryClient,
  decided: {
    readonly drafts: readonly Draft[];
    readonly tags: TagPlan;
    readonly reasons: ReadonlyMap<string, Reason>;
    readonly proofs: ReadonlyMap<string, Proof>;
  },
): Promise<void> {
  const { drafts, tags, reasons, proofs } = decided;
  const taken = await Promise.all(
    drafts.flatMap((draft) =>
      tags.immutable.map(async (tag) => {
        const proof = proofs.get(draft.key);
        const kept = !reasons.has(draft.key) && proof?.kind === 'proven' ? proof.digest : undefined;
        const now = await registry.resolve(draft.repository, tag);
        return now === undefined || now.digest === kept ? [] : [`${draft.repository}:${tag} is ${now.digest}`];
      }),
    ),
  );
  const lines = taken.flat();
  if (lines.length === 0) return;
  throw new ConfigError({
    code: 'version-taken',
    what: `this version was released before, with other content: ${lines.join('; ')}`,
    where: 'the registry',
    state: 'nothing was built and nothing was released',
    next: 'a released version never changes: raise the version and tag that',
  });
}

interface Reason {
  readonly reason: BuildReason;
  readonly why: string;
}

/** Which images are built, and why; the others are carried over. */
function decide(
  event: EventFacts,
  drafts: readonly Draft[],
  proofs: ReadonlyMap<string, Proof>,
): ReadonlyMap<string, Reason> {
  if (isRefresh(event)) {
    const reason = event.name === 'schedule' ? 'schedule' : 'manual';
    return new Map(drafts.map(({ key }) => [key, { reason, why: 'everything is built anew' }]));
  }
  const reasons = new Map<string, Reason>();
  for (const draft of drafts) {
    const proof = proofs.get(draft.key);
    if (proof === undefined) reasons.set(draft.key, { reason: 'all', why: 'no registry was asked' });
    else if (proof.kind === 'nothing') reasons.set(draft.key, { reason: 'all', why: 'it was not published before' });
    else if (proof.kind === 'other') {
      const changedBase = draft.needs.some((base) => reasons.has(base));
      reasons.set(draft.key, {
        reason: changedBase ? 'dependent' : 'changed',
        why: proof.why,
      });
    }
  }
  const needs = new Map(drafts.map((draft) => [draft.key, draft.needs]));
  for (const key of withDependents(needs, reasons.keys())) {
    if (!reasons.has(key)) reasons.set(key, { reason: 'dependent', why: 'an image that it is built on is built anew' });
  }
  return reasons;
}

function plannedImage(draft: Draft, tags: TagPlan, reason: Reason | undefined, fresh: boolean): PlannedImage {
  if (reason === undefined) throw new Error(`${draft.key} is built for no reason`);
  return {
    ...draft,
    platforms: [...draft.platforms],
    needs: [...draft.needs],
    bases: [...draft.bases],
    tests: [...draft.tests],
    reason: reason.reason,
    why: reason.why,
    tags: { immutable: [...tags.immutable], floating: [...tags.floating] },
    cache: { from: [], to: [], fresh },
  };
}

function carriedImage(
  draft: Draft,
  tags: TagPlan,
  reasons: ReadonlyMap<string, Reason>,
  proof: Proof | undefined,
): readonly CarriedImage[] {
  if (reasons.has(draft.key) || proof?.kind !== 'proven') return [];
  const { key, repository, identity } = draft;
  const { digest, recordDigest: record } = proof;
  const { commit } = proof.record;
  const why = `${proof.found} was proven for the same inputs (record: unsigned)`;
  const own = { immutable: [...tags.immutable], floating: [...tags.floating] };
  return [{ key, repository, identity, digest, record, commit, why, tags: own }];
}
