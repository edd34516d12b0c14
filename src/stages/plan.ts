import type { RegistryClient } from '../clients/registry/client.ts';
import { ConfigError } from '../domain/errors.ts';
import { type EventFacts, isRefresh } from '../domain/event.ts';
import { levelsOf } from '../domain/graph.ts';
import { hostOf, parseRepository } from '../domain/image-ref.ts';
import type { Plan, RunFacts } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import { mayPublish, rightsOf } from '../domain/rights.ts';
import { tagsOf } from '../domain/tags.ts';
import type { Version } from '../domain/version.ts';
import { chooseVersion } from '../domain/version-source.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { type ChangeSource, readChanges } from './planning/change-reading.ts';
import { changeNotes } from './planning/changes.ts';
import { type Draft, readDrafts } from './planning/drafts.ts';
import { generateDockerfiles } from './planning/generate.ts';
import { resolveOutside } from './planning/outside-bases.ts';
import { carriedImage, plannedImage, platformNotes } from './planning/planned-images.ts';
import { findProofs, type Proof } from './planning/proof.ts';
import { candidateTags, isAnswering, refuseTakenTags } from './planning/published.ts';
import { decide } from './planning/reasons.ts';

/** Everything that a plan is made from. */
export interface PlanInputs {
  readonly folder: string;
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly prefix: string;
  readonly event: EventFacts;
  readonly run: RunFacts;
  readonly commit: { readonly id: string | null; readonly time: number | null; readonly dirty: boolean };
  readonly only?: readonly string[] | undefined;
  readonly buildable?: readonly Platform[] | undefined;
  /** Asks no registry; then the diff decides, and without one everything counts as changed. */
  readonly offline: boolean;
  /** What git can tell of the files that changed. */
  readonly changes?: ChangeSource | undefined;
}

type PlanPorts = Pick<Ports, 'files' | 'http' | 'clock' | 'exec' | 'log'> & {
  readonly registry: RegistryClient;
  /** Asks about bases from elsewhere, and gives up early; without it they are not looked up. */
  readonly bases?: RegistryClient | undefined;
};

/** Decides everything that can be decided before anything is built. */
export async function plan(ports: PlanPorts, inputs: PlanInputs): Promise<Plan> {
  const { latest, rebuilds, 'version-scheme': scheme } = inputs.config;
  const version = await readVersion(ports, inputs);
  const rights = rightsOf(inputs.event, version, { scheme });
  const run = { number: inputs.run.number, date: ports.clock.now() };
  const tags = tagsOf(inputs.event, rights, version, { ...run, latest, rebuilds, scheme });
  const tag: string = tags.immutable[0] ?? tags.floating[0] ?? 'untagged';
  const { generate } = inputs.config;
  const where = `generate in ${inputs.configFile}`;
  const generated =
    generate === undefined
      ? new Map<string, string>()
      : await generateDockerfiles(ports, inputs.folder, { generate, where });
  const read = await readDrafts(ports.files, {
    ...inputs,
    generated,
    only: inputs.only,
    buildable: inputs.buildable,
    version: version ?? null,
    tag,
  });
  const host = hostOf(parseRepository(`${inputs.prefix}/image`, 'the registry prefix'));
  // Side by side: neither may cost more than two seconds, nor may both.
  const [isOnline, { drafts, notes: baseNotes }] = await Promise.all([
    inputs.offline ? false : isAnswering(ports.http, host, rights),
    inputs.offline || ports.bases === undefined
      ? { drafts: read, notes: [] }
      : resolveOutside({ registry: ports.bases, clock: ports.clock }, read, mayPublish(rights)),
  ]);
  const notes = [...inputs.config.notes, ...platformNotes(inputs, drafts), ...baseNotes];
  const proofs =
    isOnline && !isRefresh(inputs.event)
      ? await findProofs(ports.registry, drafts, candidateTags(inputs.event, tags))
      : new Map<string, Proof>();
  const changes = await readChanges(ports.files, inputs, { drafts, version, proofs, isOnline });
  const reasons = decide(inputs.event, drafts, { proofs, changes });
  if (!isOnline && !inputs.offline) {
    const what = changes === undefined ? 'every image counts as changed' : 'what git says decides';
    notes.push(`${host} could not be reached: ${what}`);
  }
  const isLeftOut = ({ key }: Draft): boolean => !reasons.has(key) && proofs.get(key)?.kind !== 'proven';
  notes.push(...changeNotes(changes, drafts.filter(isLeftOut)));
  if (rights.versionTag) refuseIncomplete(drafts.filter(isLeftOut));
  const chosen = drafts.filter((draft) => !isLeftOut(draft));
  if (isOnline) await refuseTakenTags(ports.registry, { drafts: chosen, tags, reasons, proofs });
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

/** A version is that of the whole set: a comparison with some commit must not make it smaller. */
function refuseIncomplete(leftOut: readonly Draft[]): void {
  if (leftOut.length === 0) return;
  throw new ConfigError({
    code: 'version-incomplete',
    what: `this run gives a version to its images, and would leave some out: ${leftOut.map(({ key }) => key).join(', ')}`,
    where: 'since',
    state: 'nothing was built and nothing was released',
    next: 'plan without since, or with a registry that answers: what was proven before is carried over',
  });
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
  const given = text === undefined ? undefined : { text, where: { file } };
  return chooseVersion(inputs.event, given, inputs.config['version-scheme'])?.version;
}
