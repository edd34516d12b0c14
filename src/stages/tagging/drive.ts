import type { RegistryClient } from '../../clients/registry/client.ts';
import { CancelledError } from '../../domain/errors.ts';
import { advance, type Journal, nextStep, type ReleaseState, type TagMove } from '../../domain/release-machine.ts';
import { forEach } from './at-once.ts';
import type { ReleaseFacts, ReleasePorts } from './facts.ts';
import { type Moved, moveTag, undoTag, type WriterPorts } from './writer.ts';

/** So long a release may take from its commit point on. */
export const settlingMs = 20 * 60_000;
/** So long it may take to put everything back. */
const undoingMs = 5 * 60_000;

/** How a release went. */
export interface Driven {
  readonly journal: Journal;
  readonly state: ReleaseState;
  /** From the first write of a floating tag to the last; nothing where none was written. */
  readonly windowMs: number | undefined;
}

/**
 * Does what the machine says. Until the commit point a request to stop ends it at once. From then on it is not heard:
 * a set that is half moved is worse than one that is whole a second later, and the runner leaves us some.
 */
export async function drive(
  ports: ReleasePorts,
  start: Journal,
  help: Pick<WriterPorts, 'shelf' | 'mendsTorn' | 'judge' | 'onTrouble'> & Pick<ReleaseFacts, 'tellProgress'>,
): Promise<Driven> {
  const settling = once(() => ports.settling?.(settlingMs) ?? ports.registry);
  const undoing = once(() => ports.settling?.(undoingMs) ?? ports.registry);
  let journal = start;
  let sinceMs: number | undefined;
  let windowMs: number | undefined;
  for (;;) {
    const step = nextStep(journal);
    if (step.kind === 'end') return { journal, state: step.state, windowMs };
    const isCommitted = step.kind === 'undo' || journal.moves[step.moves[0] ?? -1]?.kind === 'floating';
    if (sinceMs === undefined) stopIfAsked(ports, journal);
    if (isCommitted && sinceMs === undefined) {
      sinceMs = ports.clock.now().getTime();
      ports.signals?.cancelled.addEventListener('abort', () => sayUnheard(ports), { once: true });
    }
    const registry: RegistryClient = step.kind === 'undo' ? undoing() : isCommitted ? settling() : ports.registry;
    const work = { ...help, log: ports.log, registry };
    const act = async (move: TagMove): Promise<Moved> =>
      step.kind === 'put' ? moveTag(work, move) : { status: await undoTag(work, move), previous: move.previous };
    const moves = journal.moves;
    await forEach(step.moves, async (index) => {
      const move = moves[index];
      if (move === undefined) throw new Error(`the journal has no move ${index}`);
      const { status, previous } = await act(move).catch((error: unknown) => told(ports, move, error));
      journal = advance(journal, index, status, previous);
      help.tellProgress?.(journal);
    });
    if (sinceMs !== undefined) windowMs = ports.clock.now().getTime() - sinceMs;
    else stopIfAsked(ports, journal);
  }
}

/** Whoever asks once more ends us at once, and should know what that leaves. */
function sayUnheard({ log }: ReleasePorts): void {
  log.warning(
    'floating tags are on their way: the set is brought to its end, which takes seconds. Stopped now, it would be mixed until the release is resumed',
  );
}

function stopIfAsked({ signals }: ReleasePorts, { moves, status }: Journal): void {
  if (signals?.cancelled.aborted !== true) return;
  const written = status.filter((one) => one === 'done').length;
  throw new CancelledError({
    code: 'cancelled',
    what: 'someone asked us to stop before the floating tags were moved',
    where: 'the release',
    state: `${written} of ${moves.length} tags are written, none of them a floating one`,
    next: 'run the job again, or slipway release --resume: what is done stays, and only what is missing is written',
    cause: signals.cancelled.reason,
  });
}

/** A failure in the middle must not lose the others' ends: it is said, and the tag counts as unknown. */
function told(ports: ReleasePorts, move: TagMove, error: unknown): Moved {
  if (!(error instanceof CancelledError)) {
    ports.log.error(`${move.repository}:${move.tag}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { status: 'stuck', previous: move.previous };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
