import type { RegistryClient } from '../clients/registry/client.ts';
import { ConfigError } from '../domain/errors.ts';
import { type EventFacts, isRefresh } from '../domain/event.ts';
import { levelsOf } from '../domain/graph.ts';
import { hostOf, parseRepository } from '../domain/image-ref.ts';
import type { CarriedImage, Plan, PlannedImage, RunFacts } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import { rightsOf } from '../domain/rights.ts';
import { type TagPlan, tagsOf } from '../domain/tags.ts';
import { parseVersion, type Version } from '../domain/version.ts';
import type { SlipwayConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { type Draft, readDrafts } from './planning/drafts.ts';
import { findProofs, type Proof } from './planning/proof.ts';
import { candidateTags, isAnswering, refuseTakenTags } from './planning/published.ts';
import { decide, type Reason } from './planning/reasons.ts';

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
  const host = hostOf(parseRepository(`${inputs.prefix}/image`, 'the registry prefix'));
  const isOnline = !inputs.offline && (await isAnswering(ports.http, host, rights));
  if (!isOnline && !inputs.offline) notes.push(`${host} could not be reached: every image counts as changed`);
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
