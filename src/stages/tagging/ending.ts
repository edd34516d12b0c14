import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Journal, MoveStatus } from '../../domain/release-machine.ts';
import type { ReleasedTag } from '../../domain/release-report.ts';
import type { DecidedTag, TagNow, TagRequest } from '../../domain/tag-move.ts';
import { forEach } from './at-once.ts';
import type { ReleasePorts } from './facts.ts';

/** So long the last look may take. */
const lookingMs = 5 * 60_000;
/** A copy of the registry may be behind for a moment. */
const waitsMs = [250, 500, 1000, 2000];

/** What a tag names by the last look: a digest, nothing (null), or nobody can tell. */
export type Seen = Digest | null | undefined;

/** Reads every tag once more, by a client that remembers nothing. */
export async function lookAgain(
  ports: ReleasePorts,
  requests: readonly TagRequest[],
  expected: (index: number) => Digest | undefined,
): Promise<readonly Seen[]> {
  const registry = ports.settling?.(lookingMs) ?? ports.registry;
  return forEach(requests, async ({ repository, tag }, index): Promise<Seen> => {
    try {
      let seen: Seen;
      for (const waitMs of [0, ...waitsMs]) {
        if (waitMs > 0) await (ports.clock.settling ?? ports.clock).sleep(waitMs);
        seen = (await registry.resolve(repository, tag))?.digest ?? null;
        const wanted = expected(index);
        if (wanted === undefined || seen === wanted) break;
      }
      return seen;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      return undefined;
    }
  });
}

/** How one tag ended, in its digests and in words. */
export function releasedTag(
  { request, decision }: DecidedTag,
  before: TagNow | undefined,
  end: { readonly status: MoveStatus | undefined; readonly seen: Seen; readonly trouble?: string | undefined },
): ReleasedTag {
  const { key, repository, tag, kind, target } = request;
  const { status, seen } = end;
  const was = before?.digest ?? null;
  const base = { key, repository, tag, kind, was };
  if (decision.kind === 'keep') return { ...base, is: was, should: was ?? target, why: decision.why };
  if (status === undefined || status === 'done') return ended({ ...base, should: target }, decision.why, seen);
  if (status === 'yielded') return { ...base, is: seen ?? null, should: seen ?? target, why: reasons[status] };
  // A tag that nobody could read names what nobody knows.
  const why = end.trouble === undefined ? reasons[status] : `${reasons[status]}: ${end.trouble}`;
  return { ...base, is: seen ?? null, should: target, why };
}

/** It was read back right after it was written. What it names otherwise now came after us. */
function ended(tag: Omit<ReleasedTag, 'is' | 'why'>, why: string, seen: Seen): ReleasedTag {
  if (seen === undefined || seen === tag.should) return { ...tag, is: tag.should, why };
  if (tag.kind === 'floating' && seen !== null && seen !== tag.was) {
    return { ...tag, is: seen, should: seen, why: `${why}; somebody else moved it on since` };
  }
  return { ...tag, is: seen, why: `${why}, and it does not name it any more` };
}

const reasons: Readonly<Record<Exclude<MoveStatus, 'done'>, string>> = {
  pending: 'the release stopped before it',
  yielded: 'superseded: a newer release moved it meanwhile',
  failed: 'the registry did not take it',
  undone: 'it was moved, and put back when another tag failed',
  left: 'it was not there before, and cannot be taken away again',
  foreign: 'somebody else moved it meanwhile',
  stuck: 'it is not certain what it names',
};

/** The status of the move of a request; none where it was not to be written. */
export function statusOf({ moves, status }: Journal, { repository, tag }: TagRequest): MoveStatus | undefined {
  const index = moves.findIndex((move) => move.repository === repository && move.tag === tag);
  return index < 0 ? undefined : status[index];
}
