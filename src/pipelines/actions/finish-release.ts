import { PartialError, RemoteError, type SlipwayError } from '../../domain/errors.ts';
import { type ReleaseReport, wrongTags } from '../../domain/release-report.ts';
import { gateRefusal } from '../../domain/verdict.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { releaseSummary } from '../../reports/release-summary.ts';
import { verdictSummary } from '../../reports/verdict-summary.ts';
import type { ReleasePorts, ReleaseWork } from '../../stages/tagging/facts.ts';
import { actionJournal } from '../journals.ts';
import { releasePorts } from '../release-ports.ts';
import { SummaryProgress } from '../summary-progress.ts';
import { type GatedSet, registryOf, type SignInInputs } from './action.ts';

/** What is done with a set that the gate let through, and by whom. */
export interface ReleaseStep {
  readonly work: (ports: ReleasePorts, set: ReleaseWork) => Promise<ReleaseReport>;
  /** The output that counts the tags that were written. */
  readonly count: 'pushed' | 'moved';
  readonly host: Host;
  readonly signIn: SignInInputs;
  /** Hears how it ended. */
  readonly onReport?: ((report: ReleaseReport) => void) | undefined;
}

/** Gives tags to a set that the gate lets through, and says how it ended. */
export async function finishRelease(ports: ActionPorts, gated: GatedSet, step: ReleaseStep): Promise<void> {
  if (gated.verdict.state !== 'match') {
    await ports.outputs.summary(verdictSummary(gated.verdict));
    throw gateRefusal(gated.verdict);
  }
  const { plan, set, split } = gated;
  const { host, signIn } = step;
  const name = step.count === 'pushed' ? 'push' : 'release';
  const progress = new SummaryProgress(ports, name);
  const driven = releasePorts(ports, {
    ...{ folder: host.workspace, source: host.source, plan, isDesk: false },
    open: (own) => registryOf(own, signIn, set.images[0]?.repository),
    keepJournal: actionJournal(ports, name),
    tellProgress: (journal) => progress.tell(journal),
  });
  let report: ReleaseReport;
  try {
    report = await step.work(driven.ports, { plan, set, split, facts: driven.facts });
  } finally {
    await progress.settled();
  }
  // What the end says of every tag stands in its place.
  await progress.clear();
  step.onReport?.(report);
  await sayReport(ports, report, step.count);
}

/** Outputs and the summary of a release; an end that is none of the two good ones fails the step. */
export async function sayReport(ports: ActionPorts, report: ReleaseReport, count: string): Promise<void> {
  const { outputs } = ports;
  const written = report.tags.filter((tag) => tag.is === tag.should && tag.was !== tag.is);
  await outputs.set('state', report.state);
  await outputs.set(count, String(written.length));
  await outputs.summary(releaseSummary(report));
  if (report.state !== 'released' && report.state !== 'unchanged') throw notReleased(report);
}

/** An annotation is one paragraph. */
const mostNamed = 3;

/** The error that a release ends with which did not end well. */
export function notReleased(report: ReleaseReport): SlipwayError {
  const isPartial = report.state === 'partial';
  const wrong = wrongTags(report);
  // What only followed from another failure says the least.
  const causes = wrong.filter(({ why }) => why.includes(': '));
  const shown = (causes.length > 0 ? causes : wrong).slice(0, mostNamed);
  const more = wrong.length - shown.length;
  const named = shown.map(
    ({ repository, tag, is, why }) => `${repository}:${tag}${isPartial && is !== null ? ` names ${is}` : ''}: ${why}`,
  );
  const parts = {
    code: `release-${report.state}`,
    what: [...named, ...(more > 0 ? [`and ${more} more, which the summary names`] : [])].join('; '),
    where: 'the registry',
    state: isPartial ? 'some tags are new and some are not; the summary names each' : 'every tag is as it was',
    next: 'run the failed jobs again: what is done stays, and only what is missing is written',
  };
  return isPartial ? new PartialError(parts) : new RemoteError(parts);
}
