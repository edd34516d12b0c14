import { readGitTag, readRelation } from '../clients/git-release.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { impatientHttp } from '../clients/registry/impatient.ts';
import { settlingHttp, watchedHttp } from '../clients/registry/watched.ts';
import { gitTagOf } from '../domain/event.ts';
import type { Plan } from '../domain/plan.ts';
import type { ReleaseJournal } from '../domain/release-journal.ts';
import type { Ports } from '../ports/ports.ts';
import type { ReleaseFacts, ReleasePorts } from '../stages/tagging/facts.ts';

/** So long a release may take in all until its commit point. */
const releaseMs = 20 * 60_000;

/** What a release is to be driven with. */
export interface ReleaseWish {
  /** Makes a client that is signed in as it should be. */
  readonly open: (ports: Ports) => RegistryClient;
  /** The checkout, which git is asked about. */
  readonly folder: string;
  /** The address of the repository, for a job without a checkout. */
  readonly source?: string | undefined;
  readonly plan?: Plan | undefined;
  /** At a desk a tag may be one that nobody has pushed yet. */
  readonly isDesk: boolean;
  readonly keepJournal?: ((journal: ReleaseJournal) => Promise<void>) | undefined;
  readonly tellProgress?: ReleaseFacts['tellProgress'];
}

/** Clients and facts for one release. */
export function releasePorts(
  ports: Ports,
  wish: ReleaseWish,
): { readonly ports: ReleasePorts; readonly facts: ReleaseFacts } {
  const { open, folder, source, plan, isDesk, keepJournal, tellProgress } = wish;
  const watched = watchedHttp(ports.http, ports.clock);
  const renewed = (budgetMs = releaseMs): RegistryClient =>
    open({ ...ports, http: impatientHttp(watched, ports.clock, budgetMs) });
  const clock = ports.clock.settling ?? ports.clock;
  const tag = plan === undefined ? undefined : gitTagOf(plan.event.ref);
  const commit = plan?.commit ?? undefined;
  return {
    ports: {
      ...{ log: ports.log, clock: ports.clock, signals: ports.signals },
      registry: renewed(),
      renewed,
      settling: (budgetMs) => open({ ...ports, clock, http: impatientHttp(settlingHttp(ports.http), clock, budgetMs) }),
    },
    facts: {
      gitTag: tag === undefined ? undefined : async () => gitTagNow(ports, { folder, source, isDesk }, tag),
      history: commit === undefined ? undefined : historyOf(ports, folder, commit),
      clockSkewMs: () => watched.skewMs(),
      keepJournal,
      tellProgress,
    },
  };
}

async function gitTagNow(
  ports: Ports,
  { folder, source, isDesk }: Pick<ReleaseWish, 'folder' | 'source' | 'isDesk'>,
  tag: string,
) {
  const now = await readGitTag(ports.exec, { folder, source, env: ports.env }, tag);
  if (now.kind !== 'gone' || !isDesk) return now;
  return { kind: 'unknown', why: 'its remote has no such tag' } as const;
}

/** Asks git once about each commit: the images of a set mostly come from few. */
function historyOf(ports: Ports, folder: string, ours: string): NonNullable<ReleaseFacts['history']> {
  const asked = new Map<string, ReturnType<typeof readRelation>>();
  let last: Promise<unknown> = Promise.resolve();
  return (theirs) => {
    const known = asked.get(theirs);
    if (known !== undefined) return known;
    // One after the other: each may fetch, and git locks what it fetches into.
    const answer = last.then(() => readRelation(ports.exec, folder, { theirs, ours }));
    last = answer.catch(() => undefined);
    asked.set(theirs, answer);
    return answer;
  };
}
