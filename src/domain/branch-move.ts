/** How a commit stands to ours: `ancestor` is one that ours is built on, `descendant` one that is built on ours. */
export type CommitRelation = 'same' | 'ancestor' | 'descendant' | 'apart' | 'unknown';

/** What stands behind a branch tag. */
export interface BranchNow {
  readonly commit: string | null;
  /** The number of the run that made it; a desk has none. */
  readonly run: number | null;
  readonly relation: CommitRelation;
}

/** The commit that a branch tag is to follow to. */
export interface OurCommit {
  readonly commit: string;
  readonly run: number | null;
}

type BranchDecision =
  | { readonly kind: 'move'; readonly why: string }
  | { readonly kind: 'keep'; readonly why: string; readonly superseded: true };

/** A branch tag moves from an ancestor to its descendant. After a force push, or in a cut history, the later run wins. */
export function decideBranch(now: BranchNow, ours: OurCommit): BranchDecision {
  const theirs = now.commit === null ? 'an unknown commit' : now.commit.slice(0, 12);
  const own = ours.commit.slice(0, 12);
  switch (now.relation) {
    case 'ancestor':
      return { kind: 'move', why: `${own} follows ${theirs}` };
    case 'descendant':
      return superseded(`it is of ${theirs}, which follows ${own}`);
    case 'same':
      return byRun(now, ours, `both are of ${own}`);
    case 'apart':
      return byRun(now, ours, `neither of ${theirs} and ${own} leads to the other`);
    case 'unknown':
      return byRun(now, ours, `git cannot tell whether ${theirs} leads to ${own}`);
  }
}

function byRun(now: BranchNow, ours: OurCommit, because: string): BranchDecision {
  if (now.run === null || ours.run === null) return { kind: 'move', why: `the branch moved on: ${because}` };
  return now.run > ours.run
    ? superseded(`${because}, and run ${now.run} is later than run ${ours.run}`)
    : { kind: 'move', why: `${because}, and run ${ours.run} is not before run ${now.run}` };
}

function superseded(why: string): BranchDecision {
  return { kind: 'keep', why: `superseded: ${why}`, superseded: true };
}
