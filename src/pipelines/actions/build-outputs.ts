import type { ImageOutcome } from '../../domain/outcome.ts';
import { imageOf, type Plan } from '../../domain/plan.ts';
import { scanState } from '../../domain/scan.ts';
import { homeOf } from '../../domain/staging.ts';
import type { ActionPorts } from '../../ports/ports.ts';

/** Which part of all steps came from caches; empty where nothing was built. */
function cacheHitRatio(outcomes: readonly ImageOutcome[]): string {
  const built = outcomes.flatMap((outcome) => (outcome.kind === 'proven' ? [outcome] : []));
  const cached = built.reduce((sum, outcome) => sum + outcome.cached, 0);
  const all = built.reduce((sum, outcome) => sum + outcome.cached + outcome.executed, 0);
  return all === 0 ? '' : (cached / all).toFixed(2);
}

/** Sets the outputs of the action; with several images, most of them are those of the last one. */
export async function setOutputs(
  { outputs }: Pick<ActionPorts, 'outputs'>,
  outcomes: readonly ImageOutcome[],
  plan: Pick<Plan, 'images'>,
): Promise<void> {
  const last = outcomes.flatMap((outcome) => (outcome.kind === 'proven' ? [outcome] : [])).at(-1);
  const isFailed = outcomes.some((outcome) => outcome.kind !== 'proven');
  await outputs.set('test-result', isFailed ? 'failed' : (last?.record.test ?? 'untested'));
  const scans = outcomes.map((outcome) =>
    outcome.kind === 'blocked' ? 'not-scanned' : scanState(outcome.record?.scan),
  );
  const worst = (['failed', 'unavailable', 'passed'] as const).find((state) => scans.includes(state));
  await outputs.set('scan-result', worst ?? 'not-scanned');
  if (last === undefined) return;
  const { record } = last;
  const platform = record.platforms[0];
  await outputs.set('cache-hit-ratio', cacheHitRatio(outcomes));
  await outputs.set('digest', record.digest);
  await outputs.set('record', last.recordDigest);
  await outputs.set('fingerprint', platform?.fingerprint ?? '');
  await outputs.set('layers', platform?.layers ?? '');
  await outputs.set('image-ref', `${homeOf(imageOf(plan, record.key))}@${record.digest}`);
}
