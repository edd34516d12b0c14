import { journalOf } from '../../domain/release-journal.ts';
import { advance, begin, type Journal, type TagMove } from '../../domain/release-machine.ts';
import type { ReleaseReport } from '../../domain/release-report.ts';
import { copiesOf, placeCopies } from './copies.ts';
import { type Decided, decideAll, isWritten, judgeOf, type TagWork } from './deciding.ts';
import { type Driven, drive, settlingMs } from './drive.ts';
import { lookAgain, releasedTag, statusOf } from './ending.ts';
import type { ReleasePorts } from './facts.ts';
import { newerIn, type TagLists, yieldToNewer } from './overtaken.ts';
import { ManifestShelf } from './shelf.ts';

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
  const notes = [...all.notes, ...(await giveWay(ports, work, { driven, shelf, lists }))];
  const moved = moving.filter(({ isDone }) => !isDone).length;
  return reportOf(ports, work, { ...driven, ...all, notes, moved, startMs, troubles });
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
  { policy }: TagWork,
  end: { readonly driven: Driven; readonly shelf: ManifestShelf; readonly lists: TagLists | undefined },
): Promise<readonly string[]> {
  const { driven, shelf, lists } = end;
  if (driven.state !== 'released' || lists === undefined || policy.version === null) return [];
  const writer = { log: ports.log, shelf, registry: ports.settling?.(settlingMs) ?? ports.registry };
  const yielded = await yieldToNewer(writer, driven.journal, { version: policy.version, before: lists });
  return yielded.map(
    ({ repository, tag }) => `${repository}:${tag} went on to a newer version that was released meanwhile`,
  );
}

interface Ended extends Driven, Decided {
  readonly startMs: number;
  /** What went wrong, tag by tag. */
  readonly troubles: ReadonlyMap<string, string>;
  /** How many tags were to be written. */
  readonly moved: number;
}

async function reportOf(ports: ReleasePorts, work: TagWork, end: Ended): Promise<ReleaseReport> {
  const { before, decided, journal, windowMs, startMs } = end;
  const status = decided.map(({ request }) => statusOf(journal, request));
  // Without a write there is nothing that the first look has not seen.
  const seen =
    journal.moves.length === 0
      ? decided.map((_, index) => before[index]?.digest)
      : await lookAgain(ports, work.requests, (index) => {
          const isOurs = decided[index]?.decision.kind !== 'keep' && (status[index] ?? 'done') === 'done';
          return isOurs ? decided[index]?.request.target : undefined;
        });
  const tags = decided.map((one, index) =>
    releasedTag(one, before[index], {
      status: status[index],
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
