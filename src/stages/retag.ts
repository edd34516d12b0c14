import { readRecords } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import type { Digest } from '../domain/digest.ts';
import { ConfigError, RefusedError } from '../domain/errors.ts';
import type { Tag } from '../domain/image-ref.ts';
import type { CarriedImage } from '../domain/plan.ts';
import type { TagPlan } from '../domain/tags.ts';
import { readDraftSet } from './planning/draft-set.ts';
import type { Draft } from './planning/drafts.ts';
import { furtherRegistries } from './planning/further-registries.ts';
import type { PlanInputs, PlanPorts } from './planning/plan-inputs.ts';
import { findProofs, type Proof } from './planning/proof.ts';
import { decideRun } from './planning/run-rules.ts';

/**
 * The images of a set as a tag names them, each proven for the files that are checked out: those of the release's commit.
 * Whether this run built them does not matter.
 */
export async function proveTagged(
  ports: PlanPorts,
  inputs: PlanInputs,
  asked: { readonly from: Tag; readonly to: TagPlan },
): Promise<readonly CarriedImage[]> {
  const rules = await decideRun(ports, inputs);
  const { drafts } = await readDraftSet(ports, inputs, rules);
  const proofs = await findProofs(ports.registry, drafts, { tagsOf: () => [asked.from] });
  const found = drafts.map((draft) => ({ draft, proof: proofs.get(draft.key) ?? { kind: 'nothing' as const } }));
  refuseAbsent(found, asked.from);
  await refuseOther(ports.registry, found);
  const further = furtherRegistries(inputs);
  for (const note of further.notes) ports.log.notice(note);
  return found.flatMap(({ draft, proof }): CarriedImage[] => {
    if (proof.kind !== 'proven') return [];
    const { key, repository, identity } = draft;
    return [
      further.add({
        ...{ key, repository, identity, digest: proof.digest, record: proof.recordDigest, commit: proof.record.commit },
        why: `${proof.found} was proven for the same inputs (record: unsigned)`,
        tags: { immutable: [...asked.to.immutable], floating: [...asked.to.floating] },
      }),
    ];
  });
}

interface Found {
  readonly draft: Draft;
  readonly proof: Proof;
}

const state = 'no tag was written';

function refuseAbsent(found: readonly Found[], from: Tag): void {
  const absent = found.filter(({ proof }) => proof.kind === 'nothing');
  if (absent.length === 0) return;
  throw new ConfigError({
    code: 'tag-absent',
    what: absent.map(({ draft }) => `there is no ${draft.repository}:${from}`).join('; '),
    where: 'the input from',
    state,
    next: 'name a tag that every image of the set has',
  });
}

/** Names the commit that each image is from which is of other files than the release. */
async function refuseOther(registry: RegistryClient, found: readonly Found[]): Promise<void> {
  const lines = await Promise.all(
    found.map(async ({ draft, proof }) => {
      if (proof.kind !== 'other') return [];
      return [`${draft.repository}: ${proof.why}; it is of ${await commitOf(registry, draft, proof.digest)}`];
    }),
  );
  if (lines.flat().length === 0) return;
  throw new RefusedError({
    code: 'retag-unproven',
    what: lines.flat().join('\n'),
    where: 'the images of this commit',
    state,
    next: 'let the run of this commit end first, or check out the commit that is to be released, and run this again',
  });
}

async function commitOf(registry: RegistryClient, { repository }: Draft, digest: Digest): Promise<string> {
  const { records } = await readRecords(registry, repository, digest);
  const own = records.filter(({ record }) => record.digest === digest);
  return own.at(-1)?.record.commit ?? 'a commit that nobody knows';
}
