import { RefusedError } from '../../domain/errors.ts';
import type { TagDecision, TagRequest } from '../../domain/tag-move.ts';

/** A request with what was decided about it. */
export interface DecidedTag {
  readonly request: TagRequest;
  readonly decision: TagDecision;
}

/** Stops a release before its first write when one of its tags may not be written, or when a tag would split the set. */
export function refuseBadMoves(decided: readonly DecidedTag[], state: string): void {
  const refused = decided.filter(({ decision }) => decision.kind === 'refuse');
  if (refused.length > 0) {
    const next = 'look at what these tags name; a released version never changes';
    throw refusal({ code: 'tag-refused', reasons: refused.map(reason), state, next });
  }
  for (const tag of new Set(decided.map(({ request }) => request.tag))) {
    const group = decided.filter(({ request }) => request.tag === tag);
    const kept = group.filter(({ decision }) => decision.kind === 'keep');
    if (kept.length > 0 && kept.length < group.length && group.some(({ decision }) => decision.kind === 'move')) {
      const next = `${tag} would name images of two versions: move these first`;
      throw refusal({ code: 'tag-splits-set', reasons: kept.map(reason), state, next });
    }
  }
}

function reason({ request, decision }: DecidedTag): string {
  return `${request.repository}:${request.tag}: ${decision.why}`;
}

function refusal(parts: {
  readonly code: string;
  readonly reasons: readonly string[];
  readonly state: string;
  readonly next: string;
}): RefusedError {
  const { reasons, ...rest } = parts;
  return new RefusedError({ ...rest, what: reasons.join('; '), where: 'the registry' });
}
