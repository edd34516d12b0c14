import { DefaultArtifactClient } from '@actions/artifact';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { digestOf } from '../../src/domain/digest.ts';
import { matrixText } from '../../src/domain/matrix.ts';
import { baseRowsOf } from '../../src/domain/parts.ts';
import { chooseRow } from '../../src/domain/row-choice.ts';
import { slotText } from '../../src/domain/row-result.ts';
import { levelCount } from '../../src/domain/rows.ts';
import { runAction } from '../../src/entries/run-action.ts';
import { buildTest } from '../../src/formats/actions/build-test.ts';
import { matrixGenerate } from '../../src/formats/actions/matrix-generate.ts';
import { push } from '../../src/formats/actions/push.ts';
import { releaseLatest } from '../../src/formats/actions/release-latest.ts';
import { verifyDigest } from '../../src/formats/actions/verify-digest.ts';
import { verifyDigest as realGate } from '../../src/pipelines/actions/verify-digest.ts';
import { receivePlan, receiveResults, sendPlan, sendResult } from '../../src/pipelines/handoff.ts';
import { provenBy } from '../../src/pipelines/proven-images.ts';
import type { Host } from '../../src/ports/host.ts';
import type { ActionPorts } from '../../src/ports/ports.ts';
import { type Arrived, largestOf, madeResult, plannedParts, plannedSet, Script } from './handoff-set.ts';

/** The actions of the suite with everything taken out but what they hand to each other; bundled, and started by a runner. */
const actions = {
  'matrix-generate': () =>
    runAction({
      definition: async () => matrixGenerate,
      pipeline: async () => (ports, host) => madePlanJob(ports, host),
    }),
  'build-test': () => runAction({ definition: async () => buildTest, pipeline: async () => madeBuildJob }),
  // A gate that is to refuse is the real one: it refuses before it asks any registry.
  'verify-digest': () =>
    runAction({ definition: async () => verifyDigest, pipeline: async () => (isHonest() ? madeGate : realGate) }),
  push: () => runAction({ definition: async () => push, pipeline: async () => async () => {} }),
  'release-latest': () => runAction({ definition: async () => releaseLatest, pipeline: async () => async () => {} }),
};

interface Handed {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
}

async function madePlanJob(ports: ActionPorts, host: Host): Promise<void> {
  const { levels, misdeed, inParts } = scriptOf();
  const run = misdeed === 'plan-of-another-run' ? { ...host.run, id: 'another' } : host.run;
  const plan = inParts === true ? plannedParts(levels, run) : plannedSet(levels, run);
  await ports.outputs.set('plan', await sendPlan(ports, plan));
  await ports.outputs.set('publish', 'true');
  for (let level = 1; level <= levelCount; level++) {
    const rows = plan.rows.filter((row) => row.level === level && !(misdeed === 'hide-level' && level === 2));
    await ports.outputs.set(`matrix-${level}`, matrixText(rows));
  }
}

async function madeBuildJob(
  ports: ActionPorts,
  host: Host,
  inputs: Handed & { readonly row?: string | undefined; readonly image: readonly string[] },
): Promise<void> {
  const known = await receivePlan(ports, host, inputs.plan ?? '');
  const row = chooseRow(known.plan, inputs);
  const bases = baseRowsOf(known.plan, row).map((base) => base.row);
  const received = await receiveResults(ports, { known, run: host.run, rows: bases }, inputs.results);
  ports.log.info(`${received.length} of ${bases.length} bases arrived`);
  const script = scriptOf();
  const misdeed = row.images.includes(script.by) ? script.misdeed : 'none';
  if (misdeed === 'fail') throw new Error('the made build fails');
  const run = misdeed === 'speak-of-another-run' ? { ...host.run, id: 'another' } : host.run;
  const digest = await sendResult(ports, madeResult(known, row.id, run));
  await ports.outputs.set(`result-${row.slot}`, slotText(row.id, digest));
  if (misdeed === 'replace-result') {
    // Right in everything but that it is not what the job made: only its digest can tell.
    const [record, ...others] = madeResult(known, script.to, host.run).records;
    if (record === undefined) throw new Error(`the plan has no row ${script.to}`);
    const records = [{ ...record, digest: digestOf('an image that nobody tested') }, ...others];
    const document = { ...madeResult(known, script.to, host.run), records };
    await replace(ports, `slipway-record-${script.to}`, 'result.json', document);
  }
  if (misdeed === 'replace-plan') {
    await replace(ports, 'slipway-plan', 'plan.json', { ...known.plan, notes: ['nobody planned this'] });
  }
}

/** What any job of a run can do to the artifacts of another. */
async function replace(ports: ActionPorts, name: string, file: string, document: unknown): Promise<void> {
  await new DefaultArtifactClient().deleteArtifact(name);
  await ports.artifacts.upload(name, { [file]: new TextEncoder().encode(canonicalJson(document)) });
  ports.log.info(`replaced ${name}`);
}

async function madeGate(ports: ActionPorts, host: Host, inputs: Handed): Promise<void> {
  const largestVariable = largestOf(ports.env);
  ports.log.notice(`the largest variable is ${largestVariable.name} with ${largestVariable.bytes} bytes`);
  const known = await receivePlan(ports, host, inputs.plan ?? '');
  const results = await receiveResults(ports, { known, run: host.run, rows: known.plan.rows }, inputs.results);
  const arrived: Arrived = {
    rows: results.map(({ row }) => row),
    digests: Object.fromEntries(provenBy(results, []).map(({ key, digest }) => [key, digest])),
    largestVariable,
  };
  await ports.files.write(ports.env.HANDOFF_ARRIVED ?? '', JSON.stringify(arrived));
}

function scriptOf(): Script {
  return Script.parse(JSON.parse(process.env.HANDOFF_SCRIPT ?? ''));
}

function isHonest(): boolean {
  return scriptOf().misdeed === 'none';
}

const chosen = Object.entries(actions).find(([name]) => name === process.env.HANDOFF_ACTION)?.[1];
if (chosen === undefined) throw new Error('no such action');
void chosen();
