import { journalOf } from '../../domain/release-journal.ts';
import { advance, begin, type Journal, type TagMove } from '../../domain/release-machine.ts';
import type { ReleaseReport } from '../../domain/release-report.ts';
import type { DecidedTag } from '../../domain/tag-move.ts';
import { copiesOf, placeCopies } from './copies.ts';
import { type Decided, decideAll, isWritten, judgeOf, type TagWork } from './deciding.ts';
import { type Driven, drive, settlingMs } from './drive.ts';
import { lookAgain, releasedTag, type Seen, statusOf } from './ending.ts';
import type { ReleasePorts } from './facts.ts';
import { newerIn, yieldToNewer } from './overtaken.ts';
import { ManifestShelf } from './shelf.ts';
import { groupsOf, type TagLists } from './tag-lister.ts';

export type { TagWork } from './deciding.ts';

/** Gives tags to a set: looks at all of them, decides about all of them, and only then writes the first. */
export async function giveTags(ports: ReleasePorts, work: TagWork): Promise<ReleaseReport> {
  const startMs = ports.clock.now().getTime();
  const shelf = new ManifestShelf();
  for (const { repository, manifest } of work.placed ?? []) shelf.keep(repository, manifest);
  const all = await decideAll(ports, work, shelf);
  await work.prepare?.();
  const copies = copiesOf(all, work.needs);
  await placeCopies(ports, copies, { shelf, state: work.stateIfRefused });
  const moving = movesOf(work, all);
  const start = begin(moving.map(({ move }) => move));
  const begun = moving.reduce((made, { isDone }, index) => (isDone ? advance(made, index, 'done') : made), start);
  const { lists } = all;
  const { version } = work.policy;
  const newer = lists === undefined || version === null ? undefined : newerIn(lists, version);
  const keep = async (journal: Journal): Promise<void> => {
    const { set, policy, plan, facts } = work;
    await facts?.keepJournal?.(
      journalOf(journal, {
        ...{ set, version: policy.version, commit: plan?.commit ?? null, run: plan?.run ?? nobodysRun },
        time: ports.clock.now().toISOString(),
        ...(newer === undefined ? {} : { newer }),
        manifestOf: (repository, digest) => shelf.find(repository, digest),
        whyOf: (index) => moving[index]?.why ?? '',
      }),
    );
  };
  const tellProgress = work.facts?.tellProgress;
  const troubles = new Map<string, string>();
  const onTrouble = ({ repository, tag }: TagMove, what: string): void =>
    void troubles.set(`${repository}:${tag}`, what);
  if (moving.some(({ isDone }) => !isDone)) {
    tellProgress?.(begun);
    await keep(begun);
  }
  const help = { shelf, judge: judgeOf(work, shelf), mendsTorn: work.known !== undefined, tellProgress, onTrouble };
  // Copying takes as long as it takes; what comes after it has its own time.
  const registry = (copies.length === 0 ? undefined : ports.renewed?.()) ?? ports.registry;
  const driven = await drive({ ...ports, registry }, begun, help);
  if (driven.state === 'rolled-back' || driven.state === 'partial') await keep(driven.journal);
  const looking = (given: readonly TagMove[]): Promise<readonly Seen[]> =>
    lastLook(ports, work, { ...driven, ...all, given });
  // Both read alone, unless there is something to give away: then what was seen beside it is old.
  const [given, beside] = await Promise.all([giveWay(ports, work, { driven, shelf, lists }), looking([])]);
  const seen = given.length === 0 ? beside : await looking(given);
  const gone = ({ repository, tag }: TagMove): string =>
    `${repository}:${tag} went on to a newer version that was released meanwhile`;
  const notes = [...all.notes, ...given.map(gone)];
  const moved = moving.filter(({ isDone }) => !isDone).length;
  return reportOf(ports, work, { ...driven, ...all, seen, notes, moved, startMs, troubles });
}

const nobodysRun = { id: '', number: null, attempt: 1 };

interface Moving {
  readonly move: TagMove;
  readonly why: string;
  readonly isDone: boolean;
}

function movesOf({ known: knownTags }: TagWork, { before, decided }: Decided): readonly Moving[] {
  return decided.flatMap((one, index): Moving[] => {
    const known = knownTags?.[index];
    // What an earlier attempt moved is a part of this one, and goes back with it.
    const isDone = known !== undefined && one.decision.kind === 'unchanged';
    const previous = isDone ? (known.previous ?? undefined) : before[index]?.digest;
    return isDone || isWritten(one) ? [{ move: { ...one.request, previous }, why: one.decision.why, isDone }] : [];
  });
}

/** Lets a newer version have the tags that it got, or was about to get, while we wrote them. */
async function giveWay(
  ports: ReleasePorts,
  { policy, requests }: TagWork,
  end: { readonly driven: Driven; readonly shelf: ManifestShelf; readonly lists: TagLists | undefined },
): Promise<readonly TagMove[]> {
  const { driven, shelf, lists } = end;
  if (driven.state !== 'released' || lists === undefined || policy.version === null) return [];
  const writer = { log: ports.log, shelf, registry: ports.settling?.(settlingMs) ?? ports.registry };
  // Also of those that we did not write: what a newer release took before us has its version.
  const groups = groupsOf(requests);
  return yieldToNewer(writer, driven.journal, { version: policy.version, before: lists, groups });
}

/** What every tag names at the end. Without a write there is nothing that the first look has not seen. */
async function lastLook(
  ports: ReleasePorts,
  { requests }: TagWork,
  { journal, before, decided, given }: Driven & Decided & { readonly given: readonly TagMove[] },
): Promise<readonly Seen[]> {
  if (journal.moves.length === 0) return decided.map((_, index) => before[index]?.digest);
  const isGiven = ({ repository, tag }: DecidedTag['request']): boolean =>
    given.some((move) => move.repository === repository && move.tag === tag);
  const ours = decided.map(({ request, decision }) => {
    const isOurs = decision.kind !== 'keep' && (statusOf(journal, request) ?? 'done') === 'done';
    return isOurs && !isGiven(request) ? request.target : undefined;
  });
  return lookAgain(ports, requests, (index) => ours[index]);
}

interface Ended extends Driven, Decided {
  readonly startMs: number;
  readonly seen: readonly Seen[];
  /** What went wrong, tag by tag. */
  readonly troubles: ReadonlyMap<string, string>;
  /** How many tags were to be written. */
  readonly moved: number;
}

function reportOf(ports: ReleasePorts, work: TagWork, end: Ended): ReleaseReport {
  const { before, decided, journal, windowMs, startMs, seen } = end;
  const tags = decided.map((one, index) =>
    releasedTag(one, before[index], {
      status: statusOf(journal, one.request),
      seen: seen[index],
      trouble: end.troubles.get(`${one.request.repository}:${one.request.tag}`),
    }),
  );
  // Who wanted one exact move, and finds it made, has changed nothing.
  const isMade = work.known?.every(({ ifForeign }) => ifForeign === 'refuse') === true && end.moved === 0;
  const isLost = end.state === 'released' && tags.some((tag) => tag.is !== tag.should);
  for (const tag of tags) ports.log.info(`${tag.repository}:${tag.tag}: ${tag.why}`);
  return {
    schema: 'slipway.release/1',
    set: work.set,
    state: isLost ? 'partial' : isMade ? 'unchanged' : end.state,
    tags,
    durationMs: ports.clock.now().getTime() - startMs,
    ...(windowMs === undefined ? {} : { windowMs }),
    ...(end.notes.length === 0 ? {} : { notes: [...end.notes] }),
  };
}
