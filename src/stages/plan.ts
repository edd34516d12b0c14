import { isRefresh } from '../domain/event.ts';
import { levelsOf } from '../domain/graph.ts';
import type { Plan } from '../domain/plan.ts';
import { cacheMaker } from './planning/caches.ts';
import { readChanges } from './planning/change-reading.ts';
import { changeNotes } from './planning/changes.ts';
import { readDraftSet } from './planning/draft-set.ts';
import type { Draft } from './planning/drafts.ts';
import { furtherRegistries, refuseTakenFurther } from './planning/further-registries.ts';
import { gateNotes, gateOf } from './planning/gate-notes.ts';
import { imageTagger, noTags } from './planning/image-tagger.ts';
import { type PlanInputs, type PlanPorts, registryHost } from './planning/plan-inputs.ts';
import { carriedImage, plannedImage } from './planning/planned-images.ts';
import { plannedSetTest } from './planning/planned-set-test.ts';
import { lookForProofs } from './planning/proof-search.ts';
import { refuseTakenTags } from './planning/published.ts';
import { decide } from './planning/reasons.ts';
import { refuseIncomplete, refuseUnproven } from './planning/refusals.ts';
import { decideRun } from './planning/run-rules.ts';
import { stagingOf } from './planning/staging.ts';
import { findStandingBases } from './planning/standing-bases.ts';

/** Decides everything that can be decided before anything is built. */
export async function plan(ports: PlanPorts, inputs: PlanInputs): Promise<Plan> {
  const { config, event, commit } = inputs;
  const rules = await decideRun(ports, inputs);
  const { version, rights } = rules;
  const { drafts, isOnline, notes: drafted } = await readDraftSet(ports, inputs, rules);
  const further = furtherRegistries(inputs);
  const notes = [...drafted, ...further.notes];
  const tagsOf = imageTagger(drafts, inputs, rules);
  const proofs = await lookForProofs(ports, inputs, { drafts, isOnline, tagsOf, version, rights });
  const changes = await readChanges(ports.files, inputs, { drafts, version, proofs, isOnline });
  const reasons = decide(event, drafts, { proofs, changes, refresh: config.refresh, isOffline: inputs.offline });
  if (!isOnline && !inputs.offline && inputs.basesOnly !== true) {
    const what = changes === undefined ? 'every image counts as changed' : 'what git says decides';
    notes.push(`${registryHost(inputs.prefix)} could not be reached: ${what}`);
  }
  const isLeftOut = ({ key }: Draft): boolean => !reasons.has(key) && proofs.get(key)?.kind !== 'proven';
  notes.push(...changeNotes(changes, drafts.filter(isLeftOut)));
  if (rights.versionTag) refuseIncomplete(drafts.filter(isLeftOut));
  const chosen = drafts.filter((draft) => !isLeftOut(draft));
  if (isOnline) {
    const decided = { drafts: chosen, tagsOf, reasons, proofs };
    await refuseTakenTags(ports.registry, decided);
    notes.push(...(await refuseTakenFurther(ports.bases, further, decided)));
  }
  const standing = await findStandingBases(ports.registry, { drafts, reasons, proofs });
  const built = standing.drafts.filter((draft) => reasons.has(draft.key));
  if (event.name === 'release') refuseUnproven(event, built);
  if (commit.dirty) notes.push('the working tree has changes that no commit holds: its records are never adopted');
  const cacheOf = cacheMaker(rules.caches.access, {
    ...inputs,
    cache: config.cache,
    defaultBranch: event.defaultBranch,
    imageCount: Object.keys(config.images).length,
  });
  const staging = stagingOf(inputs, rights, drafts);
  const images = built.map((draft) => {
    const cache = cacheOf(draft.key, config.images[draft.key]);
    return further.add(staging.add(plannedImage(draft, reasons.get(draft.key), { tags: tagsOf(draft), cache })));
  });
  const setTest = plannedSetTest(config, Object.keys(config.images), {
    version: version ?? null,
    configFile: inputs.configFile,
  });
  const gate = gateOf(config) ?? (staging.kind === 'archive' ? 'archive' : undefined);
  notes.push(...gateNotes(gate, images));
  return {
    schema: 'slipway.plan/1',
    version: version ?? null,
    event,
    rights,
    run: inputs.run,
    commit: commit.id,
    commitTime: commit.time,
    dirty: commit.dirty,
    levels: levelsOf(new Map(built.map(({ key, needs }) => [key, needs]))).map((level) => [...level]),
    rows: [],
    images,
    // A refresh leaves alone what it does not build anew.
    carried: drafts.flatMap((draft) =>
      carriedImage(draft, isRefresh(event) ? noTags : tagsOf(draft), reasons, proofs.get(draft.key)).map(further.add),
    ),
    borrowed: [...standing.borrowed],
    ...(gate === undefined ? {} : { gate }),
    ...(staging.kind === undefined ? {} : { staging: staging.kind }),
    release: { unknown: config['latest-unknown'] },
    ...(setTest === undefined ? {} : { setTest }),
    notes: [...notes, ...standing.notes],
  };
}
