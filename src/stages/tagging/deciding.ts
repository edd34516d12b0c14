import type { Digest } from '../../domain/digest.ts';
import type { Plan } from '../../domain/plan.ts';
import type { TagMove } from '../../domain/release-machine.ts';
import {
  type DecidedTag,
  decideTag,
  decideTogether,
  type KnownTag,
  type TagNow,
  type TagPolicy,
  type TagRequest,
} from '../../domain/tag-move.ts';
import type { RawManifest } from '../../ports/content.ts';
import { forEach } from './at-once.ts';
import type { ReleaseFacts, ReleasePorts } from './facts.ts';
import { listTags, type TagLists } from './overtaken.ts';
import { preflight } from './preflight.ts';
import { badMoves, refuseProblems } from './refusal.ts';
import type { ManifestShelf } from './shelf.ts';
import { type Looked, lookAtKnown, snapshot } from './snapshot.ts';
import type { Ruling, WriterPorts } from './writer.ts';

/** What is to be tagged. */
export interface TagWork {
  readonly set: Digest;
  readonly policy: TagPolicy;
  readonly requests: readonly TagRequest[];
  /** Tags that a later step will move: a refusal of one of them must come before the first write of this one. */
  readonly later?: readonly TagRequest[];
  /** Tags that an earlier step has written. */
  readonly needs?: readonly TagRequest[];
  /** The tags that were there before an earlier attempt. */
  readonly lists?: TagLists | undefined;
  /** Of each request what is known of it beforehand, where that decides and not the policy. */
  readonly known?: readonly KnownTag[];
  /** The plan, for those who gave none: nothing is looked up about it. */
  readonly plan?: Pick<Plan, 'event' | 'commit' | 'images' | 'run'> | undefined;
  readonly facts?: ReleaseFacts | undefined;
  /** Manifests that are not in the registry yet, and what puts them there once all is decided. */
  readonly placed?: readonly { readonly repository: TagRequest['repository']; readonly manifest: RawManifest }[];
  readonly prepare?: () => Promise<void>;
  /** What is the case when one of the tags is refused. */
  readonly stateIfRefused: string;
  readonly notes?: readonly string[];
}

/** What was decided about a set, before anything is written. */
export interface Decided {
  readonly before: readonly (TagNow | undefined)[];
  readonly decided: readonly DecidedTag[];
  readonly notes: readonly string[];
  /** The tags that were there, where a newer version could come between. */
  readonly lists: TagLists | undefined;
}

/** Decides about every tag, and stops where one thing is wrong with any of them. */
export async function decideAll(ports: ReleasePorts, work: TagWork, shelf: ManifestShelf): Promise<Decided> {
  const { registry } = ports;
  const { requests, later = [], policy, facts = {}, plan } = work;
  const all = [...requests, ...later];
  const asked = { registry, shelf, history: facts.history };
  const isRace = policy.version !== null && work.known === undefined;
  const floating = requests.flatMap(({ kind, repository }) => (kind === 'floating' ? [repository] : []));
  // Before the tags: what is cut after this list, and before we look at them, is found twice and not missed.
  const lists = isRace && floating.length > 0 ? await listTags(registry, floating) : work.lists;
  const looked = await forEach(all, async (request, index): Promise<Looked> => {
    const known = work.known?.[index];
    if (known !== undefined) return lookAtKnown(asked, request, { known, policy });
    const before = await snapshot(asked, request, policy);
    return { before, decision: decideTag(request, before, policy) };
  });
  const before = looked.map((one) => one.before);
  const decided = decideTogether(
    all.flatMap((request, index): DecidedTag[] => {
      const decision = looked[index]?.decision;
      return decision === undefined ? [] : [{ request, decision }];
    }),
  );
  const notes = [...(work.notes ?? [])];
  // Whoever writes nothing now needs no right to: a later step asks for itself.
  const writes = decided.slice(0, requests.length).some(isWritten) ? decided.filter(isWritten) : [];
  const found = await preflight({
    ...{ registry, shelf, facts, plan, needs: work.needs ?? [] },
    writes: writes.map(({ request }) => request),
    note: (text) => {
      notes.push(text);
      ports.log.warning(text);
    },
  });
  refuseProblems([...badMoves(decided), ...found], work.stateIfRefused);
  return { before, decided: decided.slice(0, requests.length), notes, lists };
}

/** Tells whether a tag is to be written. */
export function isWritten({ decision }: DecidedTag): boolean {
  return decision.kind === 'create' || decision.kind === 'move';
}

/** The rules for a tag that somebody else moves while we are at it. */
export function judgeOf(work: TagWork, shelf: ManifestShelf): NonNullable<WriterPorts['judge']> {
  const { policy, known, facts } = work;
  return async (move: TagMove, registry): Promise<Ruling> => {
    // What was to move from one exact digest moves from no other.
    if (known?.some(({ ifForeign }) => ifForeign === 'refuse') === true) return 'stop';
    const now = await snapshot({ registry, shelf, history: facts?.history }, move, policy);
    // Without versions and commits nobody knows who is right.
    if (policy.version === null && now?.branch === undefined) return 'stop';
    const { kind } = decideTag(move, now, policy);
    if (kind === 'unchanged') return 'again';
    return kind === 'move' ? 'follow' : kind === 'keep' ? 'yield' : 'stop';
  };
}
