import { PartialError, RemoteError, type SlipwayError } from '../../domain/errors.ts';
import type { ReleaseReport } from '../../domain/release-report.ts';
import { gateRefusal } from '../../domain/verdict.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { releaseSummary } from '../../reports/release-summary.ts';
import { verdictSummary } from '../../reports/verdict-summary.ts';
import type { GatedSet } from './action.ts';

type TagWork = (ports: ActionPorts & Pick<GatedSet, 'registry'>, gated: GatedSet) => Promise<ReleaseReport>;

/** Gives tags to a set that the gate lets through, and says how it ended. */
export async function finishRelease(
  ports: ActionPorts,
  gated: GatedSet,
  step: { readonly work: TagWork; readonly count: string },
): Promise<void> {
  const { outputs } = ports;
  if (gated.verdict.state !== 'match') {
    await outputs.summary(verdictSummary(gated.verdict));
    throw gateRefusal(gated.verdict);
  }
  const report = await step.work({ ...ports, registry: gated.registry }, gated);
  await outputs.set('state', report.state);
  await outputs.set(
    step.count,
    String(report.tags.filter((tag) => tag.is === tag.should && tag.was !== tag.is).length),
  );
  await outputs.summary(releaseSummary(report));
  if (report.state !== 'released' && report.state !== 'unchanged') throw notReleased(report);
}

function notReleased(report: ReleaseReport): SlipwayError {
  const wrong = report.tags.filter((tag) => tag.is !== tag.should);
  const isPartial = report.state === 'partial';
  const parts = {
    code: `release-${report.state}`,
    what: wrong.map(({ repository, tag, why }) => `${repository}:${tag}: ${why}`).join('; '),
    where: 'the registry',
    state: isPartial ? 'some tags are new and some are not; the summary names each' : 'every tag is as it was',
    next: 'run the failed jobs again: what is done stays, and only what is missing is written',
  };
  return isPartial ? new PartialError(parts) : new RemoteError(parts);
}
