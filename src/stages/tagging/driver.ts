import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import {
  advance,
  begin,
  type Journal,
  nextStep,
  type ReleaseState,
  type TagMove,
} from '../../domain/release-machine.ts';
import type { ReleasedTag, ReleaseReport } from '../../domain/release-report.ts';
import { decideTag, type TagNow, type TagRequest } from '../../domain/tag-move.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DecidedTag, refuseBadMoves } from './refusal.ts';
import { snapshot } from './snapshot.ts';
import { moveTag, undoTag } from './writer.ts';

type DriverPorts = Pick<Ports, 'log'> & { readonly registry: RegistryClient };

/** What is to be tagged. */
export interface TagWork {
  readonly set: Digest;
  readonly version: string | null;
  readonly requests: readonly TagRequest[];
  /** Tags that a later step will move: a refusal of one of them must come before the first write of this one. */
  readonly later?: { readonly requests: readonly TagRequest[]; readonly version: string | null };
  /** Puts in place what the tags will name, after all of them were decided and before the first is written. */
  readonly prepare?: () => Promise<void>;
  /** What is the case when one of the tags is refused. */
  readonly stateIfRefused: string;
}

/** Gives tags to a set: looks at all of them, decides about all of them, and only then writes the first. */
export async function giveTags(ports: DriverPorts, work: TagWork): Promise<ReleaseReport> {
  const { before, decided } = await decideAll(ports, work.requests, work.version);
  const later =
    work.later === undefined ? [] : (await decideAll(ports, work.later.requests, work.later.version)).decided;
  refuseBadMoves([...decided, ...later], work.stateIfRefused);
  await work.prepare?.();
  const moves = decided.flatMap(({ request, decision }, index): TagMove[] =>
    decision.kind === 'create' || decision.kind === 'move' ? [{ ...request, previous: before[index]?.digest }] : [],
  );
  const { journal, state } = await drive(ports, begin(moves));
  const tags = decided.map((tag, index) => released(tag, before[index], journal));
  return { schema: 'slipway.release/1', set: work.set, state, tags };
}

async function decideAll(
  ports: DriverPorts,
  requests: readonly TagRequest[],
  version: string | null,
): Promise<{ readonly before: readonly (TagNow | undefined)[]; readonly decided: readonly DecidedTag[] }> {
  const before = await Promise.all(requests.map((request) => snapshot(ports.registry, request, version !== null)));
  const decided = requests.map((request, index): DecidedTag => {
    return { request, decision: decideTag(request, before[index], version) };
  });
  return { before, decided };
}

async function drive(
  ports: DriverPorts,
  start: Journal,
): Promise<{ readonly journal: Journal; readonly state: ReleaseState }> {
  let journal = start;
  for (;;) {
    const step = nextStep(journal);
    if (step.kind === 'end') return { journal, state: step.state };
    const act = step.kind === 'put' ? moveTag : undoTag;
    const results = await Promise.all(
      step.moves.map(async (index) => {
        const move = journal.moves[index];
        if (move === undefined) throw new Error(`the journal has no move ${index}`);
        return { index, status: await act(ports, move).catch((error: unknown) => told(ports, move, error)) };
      }),
    );
    for (const { index, status } of results) journal = advance(journal, index, status);
  }
}

/** A failure in the middle must not lose the others' ends: it is said, and the tag counts as unknown. */
function told(ports: DriverPorts, move: TagMove, error: unknown): 'stuck' {
  ports.log.error(`${move.repository}:${move.tag}: ${error instanceof Error ? error.message : String(error)}`);
  return 'stuck';
}

function released({ request, decision }: DecidedTag, before: TagNow | undefined, journal: Journal): ReleasedTag {
  const { key, repository, tag, kind, target } = request;
  const index = journal.moves.findIndex((move) => move.repository === repository && move.tag === tag);
  const status = index < 0 ? undefined : journal.status[index];
  const was = before?.digest ?? null;
  const base = { key, repository, tag, kind, was };
  if (decision.kind === 'keep') return { ...base, is: was, should: was ?? target, why: decision.why };
  switch (status) {
    case undefined:
    case 'done':
      return { ...base, is: target, should: target, why: decision.why };
    case 'pending':
      return { ...base, is: was, should: target, why: 'the release stopped before it' };
    case 'failed':
      return { ...base, is: was, should: target, why: 'the registry did not take it' };
    case 'undone':
      return { ...base, is: was, should: target, why: 'it was moved, and put back when another tag failed' };
    case 'foreign':
      return { ...base, is: null, should: target, why: 'somebody else moved it meanwhile' };
    case 'stuck':
      return { ...base, is: null, should: target, why: 'it is not certain what it names' };
  }
}
