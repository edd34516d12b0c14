import { readRecords } from '../../clients/records.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import type { Tag } from '../../domain/image-ref.ts';
import type { Draft } from './drafts.ts';

/** What the registry knows about an image already. */
export type Proof =
  /** An earlier run proved this digest for the same inputs. */
  | {
      readonly kind: 'proven';
      readonly tag: Tag;
      readonly digest: Digest;
      readonly record: Digest;
      readonly commit: string | null;
    }
  /** There is an image, and it was made of other inputs, or nobody can tell. */
  | { readonly kind: 'other'; readonly tag: Tag; readonly why: string }
  | { readonly kind: 'nothing' };

/** Looks behind the given tags, in their order, for an image that was proven for the inputs of a draft. */
export async function findProof(client: RegistryClient, draft: Draft, tags: readonly Tag[]): Promise<Proof> {
  let other: Proof | undefined;
  for (const tag of new Set(tags)) {
    const found = await client.resolve(draft.repository, tag);
    if (found === undefined) continue;
    const { records } = await readRecords(client, draft.repository, found.digest);
    const own = records.filter(({ record }) => record.digest === found.digest && record.key === draft.key);
    const match = own.find(({ record }) => isProof(record, draft));
    if (match !== undefined) {
      return { kind: 'proven', tag, digest: found.digest, record: match.digest, commit: match.record.commit };
    }
    other ??= {
      kind: 'other',
      tag,
      why: whyNot(
        own.map(({ record }) => record),
        draft,
      ),
    };
  }
  return other ?? { kind: 'nothing' };
}

type Candidate = Awaited<ReturnType<typeof readRecords>>['records'][number]['record'];

function isProof(record: Candidate, draft: Draft): boolean {
  const isTested =
    record.test === 'passed' || (record.test === 'untested' && draft.tests.length === 0 && draft.allowUntested);
  return record.identity === draft.identity && !record.dirty && isTested;
}

function whyNot(records: readonly Candidate[], draft: Draft): string {
  if (records.length === 0) return 'has no record';
  const same = records.find((record) => record.identity === draft.identity);
  if (same === undefined) return 'was made of other inputs';
  return same.dirty
    ? 'was made of these inputs, but from files that no commit held'
    : 'was made of these inputs, but not tested';
}
