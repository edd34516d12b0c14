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
import { Preflight } from './preflight.ts';
import { badMoves, refuseProblems, splitTags } from './refusal.ts';
import type { ManifestShelf } from './shelf.ts';
import { Behind, type Looked, lookAtKnown, type SnapshotPorts, snapshot } from './snapshot.ts';
import { groupsOf, TagLister, type TagLists } from './tag-lister.ts';
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
  const { requests, needs = [], policy, facts = {}, plan } = work;
  const preflight = new Preflight({ registry, shelf, facts, plan });
  const before = new TagLister(registry);
  const looking = { ports, work, shelf, preflight, before };
  const looked = await settled(looking, await lookAtAll(looking));
  const decided = togetherOf(work, looked);
  const own = decided.slice(0, requests.length).filter(isWritten);
  // Whoever writes nothing now needs no right to: a later step asks for itself.
  const writes = own.length === 0 ? [] : decided.filter(isWritten).map(({ request }) => request);
  const found = await preflight.problems(writes, needs);
  for (const note of found.notes) ports.log.warning(note);
  refuseProblems([...badMoves(decided), ...found.problems], work.stateIfRefused);
  const { version } = policy;
  const isRace = version !== null && work.known === undefined;
  // Of what moves, the first repository may be another one.
  if (isRace) await before.cover(groupsOf(own.map(({ request }) => request)), version);
  return {
    before: looked.map((one) => one.before),
    decided: decided.slice(0, requests.length),
    notes: [...(work.notes ?? []), ...found.notes],
    lists: isRace && before.lists.size > 0 ? before.lists : work.lists,
  };
}

interface Looking {
  readonly ports: ReleasePorts;
  readonly work: TagWork;
  readonly shelf: ManifestShelf;
  readonly preflight: Preflight;
  readonly before: TagLister;
}

/** Looks at every tag, and meanwhile at what those stand on that will be written. */
async function lookAtAll({ ports, work, shelf, preflight, before }: Looking): Promise<readonly Looked[]> {
  const { registry } = ports;
  const { requests, needs = [], later = [], policy } = work;
  const asked = { registry, shelf, history: work.facts?.history, behind: new Behind() };
  const { version } = policy;
  const groups = version === null || work.known !== undefined ? [] : groupsOf(requests);
  const listed = version === null ? Promise.resolve() : before.cover(groups, version);
  const looked: Looked[] = [];
  const looks = [...requests, ...later].map((request, index) => async (): Promise<void> => {
    // Before the floating tags: what is cut after this list, and before we look at them, is found twice and not missed.
    if (request.kind === 'floating') await listed;
    const one = await lookAt(asked, request, { known: work.known?.[index], policy });
    looked[index] = one;
    if (index < requests.length && isWritten(one)) await preflight.ahead(request);
  });
  await forEach(
    [() => listed, ...needs.map((request) => () => preflight.need(request)), ...looks],
    async (look): Promise<void> => {
      await look();
    },
  );
  return looked;
}

async function lookAt(
  asked: SnapshotPorts,
  request: TagRequest,
  { known, policy }: { readonly known: KnownTag | undefined; readonly policy: TagPolicy },
): Promise<Looked> {
  if (known !== undefined) return lookAtKnown(asked, request, { known, policy });
  const before = await snapshot(asked, request, policy);
  return { before, decision: decideTag(request, before, policy) };
}

function togetherOf({ requests, later = [] }: TagWork, looked: readonly Looked[]): readonly DecidedTag[] {
  return decideTogether(
    [...requests, ...later].flatMap((request, index): DecidedTag[] => {
      const decision = looked[index]?.decision;
      return decision === undefined ? [] : [{ request, decision }];
    }),
  );
}

/** So long another release may be in the middle of its move. */
const settlingWaitsMs = [1000, 2000, 4000];

/**
 * A tag that names two versions across the set may be one that another release is moving just now: that is over within
 * seconds, and it is looked at again before it counts as split.
 */
async function settled(
  { ports: { registry, clock }, work, shelf }: Omit<Looking, 'preflight' | 'before'>,
  first: readonly Looked[],
): Promise<readonly Looked[]> {
  let looked = first;
  for (const waitMs of work.known === undefined ? settlingWaitsMs : []) {
    const decided = togetherOf(work, looked);
    const split = splitTags(decided);
    if (split.length === 0 || decided.some(({ decision }) => decision.kind === 'refuse')) break;
    await clock.sleep(waitMs);
    const asked = { registry, shelf, history: work.facts?.history, behind: new Behind() };
    const last = looked;
    looked = await forEach(decided, async ({ request }, index): Promise<Looked> => {
      const known = last[index];
      return known !== undefined && !split.includes(request.tag)
        ? known
        : lookAt(asked, request, { known: undefined, policy: work.policy });
    });
  }
  return looked;
}

/** Tells whether a tag is to be written. */
export function isWritten({ decision }: Pick<DecidedTag, 'decision'>): boolean {
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
