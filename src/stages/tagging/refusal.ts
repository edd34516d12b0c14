import { type ErrorParts, RefusedError, RemoteError, type SlipwayError } from '../../domain/errors.ts';
import type { Tag } from '../../domain/image-ref.ts';
import type { DecidedTag } from '../../domain/tag-move.ts';

/** Something that stands against a release. */
export interface Problem {
  readonly code: string;
  readonly what: string;
  readonly next: string;
  /** The registry failed or denied, and it is not we who say no. */
  readonly isRemote?: boolean;
}

/** Tags that may not be written, and tags that would split the set. */
export function badMoves(decided: readonly DecidedTag[]): readonly Problem[] {
  const refused = decided
    .filter(({ decision }) => decision.kind === 'refuse')
    .map((one): Problem => {
      const next = 'look at what these tags name; a released version never changes';
      return { code: 'tag-refused', what: reason(one), next };
    });
  const split = splitTags(decided).map((tag): Problem => {
    const kept = decided.filter(({ request, decision }) => request.tag === tag && decision.kind === 'keep');
    const next = `${tag} would name images of two versions: move these first`;
    return { code: 'tag-splits-set', what: kept.map(reason).join('; '), next };
  });
  return [...refused, ...split, ...twice(decided)];
}

/** The tags that would move for some images, and stay for others. */
export function splitTags(decided: readonly DecidedTag[]): readonly Tag[] {
  const of = (kind: DecidedTag['decision']['kind']): ReadonlySet<Tag> =>
    new Set(decided.flatMap(({ request, decision }) => (decision.kind === kind ? [request.tag] : [])));
  const moved = of('move');
  return [...of('keep')].filter((tag) => moved.has(tag));
}

/** One tag cannot name two digests, and cannot be made for good and move as well. */
function twice(decided: readonly DecidedTag[]): readonly Problem[] {
  const first = new Map<string, DecidedTag>();
  return decided.flatMap((one): Problem[] => {
    const { repository, tag, target, kind } = one.request;
    const name = `${repository}:${tag}`;
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, one);
      return [];
    }
    if (other.request.target === target && other.request.kind === kind) return [];
    const what = `${name} is asked for twice: for ${other.request.key} as ${other.request.kind}, for ${one.request.key} as ${kind}`;
    return [{ code: 'tag-twice', what, next: 'give each image tags of its own' }];
  });
}

/** Stops a release before its first write, and says all that is wrong at once. */
export function refuseProblems(problems: readonly Problem[], state: string): void {
  const error = problemError(problems, state);
  if (error !== undefined) throw error;
}

function problemError(problems: readonly Problem[], state: string): SlipwayError | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const isOneKind = problems.every(({ code }) => code === first.code);
  const parts: ErrorParts = {
    code: isOneKind ? first.code : 'release-refused',
    what: problems.map(({ what }) => what).join(isOneKind ? '; ' : '\n'),
    where: 'the registry',
    state,
    next: [...new Set(problems.map(({ next }) => next))].join('; '),
  };
  return problems.every(({ isRemote }) => isRemote === true) ? new RemoteError(parts) : new RefusedError(parts);
}

function reason({ request, decision }: DecidedTag): string {
  return `${request.repository}:${request.tag}: ${decision.why}`;
}
