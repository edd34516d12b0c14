import { readRecords } from '../../clients/records.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import type { Tag } from '../../domain/image-ref.ts';
import { type ImageRecord, untested } from '../../domain/record.ts';
import { scanFault } from '../../domain/scan.ts';
import type { Draft } from './drafts.ts';

/** What the registry knows about an image already. */
export type Proof =
  /** An earlier run proved this digest for the same inputs. */
  | {
      readonly kind: 'proven';
      readonly digest: Digest;
      readonly record: ImageRecord;
      readonly recordDigest: Digest;
      /** By what it was found, in words. */
      readonly found: string;
    }
  /** There is an image, and it was made of other inputs, or nobody can tell. */
  | { readonly kind: 'other'; readonly digest: Digest; readonly found: string; readonly why: string }
  | { readonly kind: 'nothing' };

/** Looks for an image that was proven for the inputs of each draft: behind tags, then under what proven dependents were built on. */
export async function findProofs(
  client: RegistryClient,
  drafts: readonly Draft[],
  {
    tagsOf,
    stagedOf = () => undefined,
  }: {
    readonly tagsOf: (draft: Draft) => readonly Tag[] | Promise<readonly Tag[]>;
    /** What somebody remembers to have uploaded. */
    readonly stagedOf?: (draft: Draft) => Digest | undefined;
  },
): Promise<ReadonlyMap<string, Proof>> {
  const proofs = new Map(
    await Promise.all(
      drafts.map(async (draft) => {
        const tagged = await behindTags(client, draft, await tagsOf(draft));
        const digest = tagged.kind === 'proven' ? undefined : stagedOf(draft);
        if (digest === undefined) return [draft.key, tagged] as const;
        const staged = await whatWasStaged(client, draft, digest);
        return [draft.key, staged.kind === 'proven' ? staged : tagged] as const;
      }),
    ),
  );
  // From the last to the first: a release that broke off may have tagged a dependent and not its base.
  for (const draft of [...drafts].reverse()) {
    const proof = proofs.get(draft.key);
    for (const base of proof?.kind === 'proven' ? proof.record.bases : []) {
      const needed = drafts.find((candidate) => candidate.key === base.key);
      if (needed === undefined || base.digest === null || proofs.get(needed.key)?.kind === 'proven') continue;
      const under = await underDigest(client, needed, base.digest, `what ${draft.key} was built on`);
      if (under.kind === 'proven') proofs.set(needed.key, under);
    }
  }
  return proofs;
}

async function behindTags(client: RegistryClient, draft: Draft, tags: readonly Tag[]): Promise<Proof> {
  let other: Proof | undefined;
  for (const tag of new Set(tags)) {
    const found = await client.resolve(draft.repository, tag);
    if (found === undefined) continue;
    const proof = await underDigest(client, draft, found.digest, `what ${tag} names`);
    if (proof.kind === 'proven') return proof;
    other ??= proof;
  }
  return other ?? { kind: 'nothing' };
}

/** A registry that collects what no tag names may have removed it. */
async function whatWasStaged(client: RegistryClient, draft: Draft, digest: Digest): Promise<Proof> {
  if ((await client.resolve(draft.repository, digest)) === undefined) return { kind: 'nothing' };
  return underDigest(client, draft, digest, 'what an earlier run here has uploaded');
}

async function underDigest(client: RegistryClient, draft: Draft, digest: Digest, found: string): Promise<Proof> {
  const { records } = await readRecords(client, draft.repository, digest);
  const own = records.filter(({ record }) => record.digest === digest && record.key === draft.key);
  const match = own.find(({ record }) => isProof(record, draft));
  if (match !== undefined) return { kind: 'proven', digest, record: match.record, recordDigest: match.digest, found };
  return {
    kind: 'other',
    digest,
    found,
    why: `${found} ${whyNot(
      own.map(({ record }) => record),
      draft,
    )}`,
  };
}

function isProof(record: ImageRecord, draft: Draft): boolean {
  const needsNone = draft.tests.length === 0 && draft.expect === null && draft.allowUntested;
  const hasPassed = record.test === 'passed' && untested(draft, record).length === 0;
  const isFine = hasPassed || (record.test === 'untested' && needsNone);
  const isTested = isFine && scanFault(draft.scan, record.scan) === undefined;
  return record.identity === draft.identity && !record.dirty && isTested && isWhole(record, draft);
}

/** A part of an image is made of the same inputs, and is not the image. */
function isWhole(record: ImageRecord, draft: Draft): boolean {
  return draft.platforms.every((wanted) => record.platforms.some(({ platform }) => platform === wanted));
}

function whyNot(records: readonly ImageRecord[], draft: Draft): string {
  if (records.length === 0) return 'has no record';
  const same = records.find((record) => record.identity === draft.identity);
  if (same === undefined) return 'was made of other inputs';
  if (!isWhole(same, draft)) return 'was made of these inputs, but not for all platforms';
  if (same.dirty) return 'was made of these inputs, but from files that no commit held';
  const scan = scanFault(draft.scan, same.scan);
  if (scan !== undefined) return `was made of these inputs, and ${scan}`;
  const [open] = same.test === 'passed' ? untested(draft, same) : [];
  return open === undefined
    ? 'was made of these inputs, but not tested'
    : `was made of these inputs, and nothing says that ${open.name} passed on ${open.platform}`;
}
