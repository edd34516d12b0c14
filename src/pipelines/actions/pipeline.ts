import { canonicalJson } from '../../domain/canonical-json.ts';
import { digestOf } from '../../domain/digest.ts';
import { SlipwayError } from '../../domain/errors.ts';
import type { GateMode } from '../../domain/gate-mode.ts';
import type { JobState } from '../../domain/job-report.ts';
import type { ImageOutcome, RunOutcome } from '../../domain/outcome.ts';
import type { Plan } from '../../domain/plan.ts';
import type { ReleaseReport } from '../../domain/release-report.ts';
import { mayPublish } from '../../domain/rights.ts';
import type { SetTestResult } from '../../domain/set-test.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { jobSummary } from '../../reports/job-summary.ts';
import { runDocuments } from '../../reports/run-documents.ts';
import { release } from '../../stages/release.ts';
import { receivePlan } from '../handoff.ts';
import { digestsOf, gateAndUpload } from './action.ts';
import { type BuildTestInputs, buildTest, buildTestPost } from './build-test.ts';
import { finishRelease } from './finish-release.ts';
import { type MatrixGenerateInputs, matrixGenerate } from './matrix-generate.ts';
import { OneJob } from './one-job.ts';
import { verifyDigest, verifyDigestPost } from './verify-digest.ts';

/** The inputs of the action. */
export interface PipelineInputs
  extends Omit<MatrixGenerateInputs, 'max-jobs' | 'preflight'>,
    Pick<
      BuildTestInputs,
      | ('builder' | 'buildkit-image' | 'buildkit-config' | 'driver-opts' | 'keep-store-max')
      | ('secrets' | 'secret-envs' | 'secret-files')
    > {
  readonly secrets: BuildTestInputs['secrets'];
  readonly gate?: GateMode | undefined;
  readonly 'gate-builder'?: string | undefined;
}

/** What a run has come to up to now. */
interface Found {
  plan?: Plan;
  images?: readonly ImageOutcome[];
  setTest?: SetTestResult;
  verdict?: Verdict;
  release?: ReleaseReport;
}

/** A whole run in one job: what the actions do one after the other, from the plan to the last tag. */
export async function pipeline(ports: ActionPorts, host: Host, inputs: PipelineInputs): Promise<void> {
  const started = ports.clock.now().getTime();
  const job = new OneJob(ports);
  const found: Found = {};
  const end = async (state: JobState): Promise<void> => {
    await ports.outputs.set('state', state);
    await ports.outputs.set('digests', job.output('digests'));
    await ports.outputs.summary(jobSummary(state, job.steps));
    const durationMs = ports.clock.now().getTime() - started;
    await ports.outputs.set('report', await sendReport(job, { ...found, state, durationMs }));
  };
  try {
    await runSteps(job, host, { inputs, found });
  } catch (error) {
    // Who is stopped sends nothing more; a release that had begun came to an end of its own.
    if (!ports.signals.cancelled.aborted) await end(found.release?.state ?? 'refused');
    else if (found.release !== undefined) await ports.outputs.set('state', found.release.state);
    throw error;
  }
  await end(found.release?.state ?? 'tested');
}

/** Removes what a main step left that was killed before it could. */
export async function pipelinePost(ports: Ports, state: (name: string) => string | undefined): Promise<void> {
  await buildTestPost(ports, state);
  await verifyDigestPost(ports, state);
}

async function runSteps(
  job: OneJob,
  host: Host,
  { inputs, found }: { readonly inputs: PipelineInputs; readonly found: Found },
): Promise<void> {
  await job.step('plan', async () => {
    await matrixGenerate(job.ports, host, { ...inputs, 'max-jobs': 1, preflight: true });
    found.plan = (await receivePlan(job.ports, host, job.output('plan'))).plan;
    return `${found.plan.images.length} to build, ${found.plan.carried.length} carried over`;
  });
  const { plan } = found;
  if (plan === undefined) throw new Error('unreachable: a step that failed has thrown');
  const planned = { plan: job.output('plan') };
  for (const row of plan.rows) {
    await job.step('build and test', async () => {
      const none = { image: [], 'bake-file': [], ssh: [], registry: undefined };
      const onOutcomes = (outcomes: readonly ImageOutcome[]): void => {
        found.images = outcomes;
      };
      await buildTest(job.ports, host, { ...inputs, ...none, ...planned, row: row.id, removesAll: true, onOutcomes });
      return `${row.images.length} of ${row.images.length} passed`;
    });
  }
  if (!mayPublish(plan.rights)) {
    job.leaveOut('gate and release', `a run on ${plan.event.name} of ${plan.event.ref} may publish nothing`);
    return;
  }
  await job.step('gate', async () => {
    await verifyDigest(job.ports, host, {
      ...{ ...inputs, ...planned, results: job.results, mode: inputs.gate, builder: inputs['gate-builder'] },
      isSameMachine: true,
      onSetTest: (result) => {
        found.setTest = result;
      },
      onVerdict: (verdict) => {
        found.verdict = verdict;
      },
    });
    return job.output('verdict');
  });
  await job.step('release', async () => {
    const handed = { ...planned, results: job.results, 'set-test': job.output('set-test') || undefined };
    const gated = await gateAndUpload(job.ports, host, { ...inputs, ...handed });
    // The immutable tags and those that move, as one release: all of them or none.
    await finishRelease(job.ports, gated, {
      work: async (driven, set) => {
        await job.ports.outputs.set('digests', digestsOf(gated.set));
        return release(driven, set, 'all');
      },
      ...{ count: 'moved', host, signIn: inputs },
      onReport: (report) => {
        found.release = report;
      },
    });
    return `${job.output('state')}, tags written: ${job.output('moved')}`;
  });
}

/** Hands the documents of the run on as one; where that cannot be, what was done stands all the same. */
export async function sendReport(
  job: OneJob,
  { state, plan, images = [], ...rest }: Found & { readonly state: JobState; readonly durationMs: number },
): Promise<string> {
  if (plan === undefined) return '';
  const outcome: RunOutcome = { ...rest, plan, images };
  const document = { schema: 'slipway.report/1', state, steps: job.steps, ...runDocuments(outcome) };
  const bytes = new TextEncoder().encode(canonicalJson(document));
  try {
    await job.artifacts.upload('slipway-report', { 'report.json': bytes });
    return digestOf(bytes);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    job.ports.log.warning(`there is no report: ${error.what}`);
    return '';
  }
}
