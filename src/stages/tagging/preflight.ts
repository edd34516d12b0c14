import { gitTagOf } from '../../domain/event.ts';
import type { TagRequest } from '../../domain/tag-move.ts';
import { AskedOnce, forEach } from './at-once.ts';
import type { Problem } from './refusal.ts';
import { type Found, heldBlob, orRemote, type PreflightCheck, targetFound, targetOf } from './targets.ts';

/** Farther from ours no honest clock is; tokens and the days in tags would be wrong. */
const mostSkewMs = 15 * 60_000;

/**
 * Looks at everything that a release stands on. Each thing is asked once, as soon as somebody needs it: looks that do
 * not wait for each other's answers take the time of one.
 */
export class Preflight {
  readonly #check: PreflightCheck;
  readonly #found = new AskedOnce<Found>();

  constructor(check: PreflightCheck) {
    this.#check = check;
  }

  /** Looks at what a tag stands on that is to be written; what is wrong with it, `problems` tells. */
  async ahead(request: TagRequest): Promise<void> {
    await forEach([() => this.#gitTag(), () => this.#place(request)], (look) => look());
  }

  /** Looks at a tag that an earlier step must have written. */
  async need(request: TagRequest): Promise<Found> {
    return this.#found.ask(`need ${request.repository}:${request.tag}`, () => needed(this.#check, request));
  }

  /** All that is wrong with tags that would be written, now or in a later step, and with those that must be there. */
  async problems(
    writes: readonly TagRequest[],
    needs: readonly TagRequest[],
  ): Promise<{ readonly problems: readonly Problem[]; readonly notes: readonly string[] }> {
    const repositories = [...new Map(writes.map((one) => [one.repository, one])).values()];
    const targets = [...new Map(writes.map((one) => [targetOf(one), one])).values()];
    const looks: readonly (() => Promise<Found>)[] = [
      ...(writes.length === 0 ? [] : [() => this.#gitTag()]),
      ...needs.map((request) => () => this.need(request)),
      ...repositories.map((request) => () => this.#place(request)),
      ...targets.map((request) => () => this.#target(request)),
    ];
    const found = await forEach(looks, (look) => look());
    return {
      problems: [...found.flatMap(({ problem }) => problem ?? []), ...clockProblem(this.#check)],
      notes: found.flatMap(({ note }) => note ?? []),
    };
  }

  /** The right to write, after a look at what is there: that makes it cheaper to find out. */
  async #place(request: TagRequest): Promise<Found> {
    await this.#target(request);
    return this.#right(request);
  }

  #gitTag(): Promise<Found> {
    return this.#found.ask('the git tag', () => gitTagFound(this.#check));
  }

  #target(request: TagRequest): Promise<Found> {
    return this.#found.ask(targetOf(request), () => targetFound(this.#check, request));
  }

  /** Whoever may begin an upload may write a tag. */
  #right(request: TagRequest): Promise<Found> {
    const { registry } = this.#check;
    const { repository } = request;
    return this.#found.ask(repository, () =>
      orRemote('log in with an account that may write there', async () => {
        await registry.requirePush(repository, heldBlob(this.#check, request));
        return {};
      }),
    );
  }
}

/** A git tag that somebody moved while the run was under way speaks of other files than those that were tested. */
async function gitTagFound({ plan, facts }: PreflightCheck): Promise<Found> {
  const tag = plan === undefined ? undefined : gitTagOf(plan.event.ref);
  const commit = plan?.commit ?? null;
  if (tag === undefined || commit === null || facts.gitTag === undefined) return {};
  const now = await facts.gitTag();
  const next = 'find out who moved it; a version that was cut wrong gets a new number';
  if (now.kind === 'unknown') return { note: `the git tag ${tag} was not read again before the release: ${now.why}` };
  const problem = (what: string): Found => ({ problem: { code: 'git-tag-moved', what, next } });
  if (now.kind === 'gone') return problem(`the git tag ${tag} is not there any more`);
  if (now.commit === commit) return {};
  return problem(`the git tag ${tag} was at ${commit} when this run was planned, and is at ${now.commit} now`);
}

async function needed({ registry }: PreflightCheck, request: TagRequest): Promise<Found> {
  const { repository, tag, target } = request;
  const next = 'let push do its work before floating tags move';
  return orRemote(next, async () => {
    const now = await registry.resolve(repository, tag);
    if (now?.digest === target) return {};
    const what = `${repository}:${tag} must name ${target} first, and ${now === undefined ? 'is not there' : `names ${now.digest}`}`;
    return { problem: { code: 'release-before-push', what, next } };
  });
}

function clockProblem({ facts }: PreflightCheck): readonly Problem[] {
  const skewMs = facts.clockSkewMs?.();
  if (skewMs === undefined || skewMs <= mostSkewMs) return [];
  const what = `the clock of this machine and that of the registry are ${Math.round(skewMs / 60_000)} minutes apart`;
  return [{ code: 'clock-wrong', what, next: 'set the clock of the machine by a time server' }];
}
