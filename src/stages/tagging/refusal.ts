import { RefusedError } from '../../domain/errors.ts';
import type { TagDecision, TagRequest } from '../../domain/tag-move.ts';

/** A request with what was decided about it. */
export interface DecidedTag {
  readonly request: TagRequest;
  readonly decision: TagDecision;
}

/** Stops a release before its first write when one of its tags may not be written, or when a tag would split the set. */
export function refuseBadMoves(decided: readonly DecidedTag[]): void {
  const refused = decided.filter(({ decision }) => decision.kind === 'refuse');
  if (refused.length > 0) {
    throw refusal('tag-refused', refused.map(reason), 'look at what these tags name; a released version never changes');
  }
  for (const tag of new Set(decided.map(({ request }) => request.tag))) {
    const group = decided.filter(({ request }) => request.tag === tag);
    const kept = group.filter(({ decision }) => decision.kind === 'keep');
    if (kept.length > 0 && kept.length < group.length && group.some(({ decision }) => decision.kind === 'move')) {
      throw refusal('tag-splits-set', kept.map(reason), `${tag} would name images of two versions: move these first`);
    }
  }
}

function reason({ request, decision }: DecidedTag): string {
  return `${request.repository}:${request.tag}: ${decision.why}`;
}

function refusal(code: string, reasons: readonly string[], next: string): RefusedError {
  return new RefusedError({ code, what: reasons.join('; '), where: 'the registry', state: 'no tag was written', next });
}
