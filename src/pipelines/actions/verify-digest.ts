import type { GateMode } from '../../domain/gate-mode.ts';
import { setIdentity } from '../../domain/image-set.ts';
import type { Plan } from '../../domain/plan.ts';
import { type SetTestResult, setTestRefusal } from '../../domain/set-test.ts';
import { gateRefusal, type Verdict } from '../../domain/verdict.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { setTestSummary } from '../../reports/set-test-summary.ts';
import { verdictAnnotations } from '../../reports/verdict-annotations.ts';
import { subjectSummary, verdictSummary } from '../../reports/verdict-summary.ts';
import type { FindStore } from '../../stages/gating/views.ts';
import { storeContent } from '../archived-set.ts';
import { storesInArtifacts, storesInFolder } from '../found-stores.ts';
import { gateBy } from '../gating.ts';
import { removeLeft } from '../leftovers.ts';
import { type SetTestJob, sendSetTest, testWholeSet } from '../set-test.ts';
import { uploadSetLog } from '../test-logs.ts';
import { subjectRefusal, verifySubject } from '../verify.ts';
import { buildLogins, needInputs, receiveSet, registryOf, type SignInInputs } from './action.ts';
import { givenSecrets, type SecretInputs } from './given-secrets.ts';

/** The inputs of the action. */
export interface VerifyDigestInputs extends SignInInputs, SecretInputs {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
  readonly mode?: GateMode | undefined;
  readonly subject?: string | undefined;
  readonly expected?: string | undefined;
  readonly stores?: string | undefined;
  readonly builder?: string | undefined;
  readonly 'buildkit-image'?: string | undefined;
  readonly 'buildkit-config'?: string | undefined;
  readonly 'driver-opts': readonly string[];
  /** The images were built in this very job. */
  readonly isSameMachine?: boolean;
  readonly onSetTest?: ((result: SetTestResult) => void) | undefined;
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
}

const ownerState = 'set-owner';
const folderState = 'set-folder';
const builderState = 'gate-builder';

/** The gate as a step of its own. */
export async function verifyDigest(ports: ActionPorts, host: Host, inputs: VerifyDigestInputs): Promise<void> {
  const { plan, subject, expected } = inputs;
  if (plan === undefined) {
    if (subject === undefined || expected === undefined) throw needInputs('verify-digest', 'subject and expected');
    return verifyOne(ports, inputs, { subject, expected });
  }
  const verdict = await verifySet(ports, host, { ...inputs, plan });
  inputs.onVerdict?.(verdict);
  await ports.outputs.set('verdict', verdict.state);
  await ports.outputs.set(
    'verdicts',
    JSON.stringify(Object.fromEntries(verdict.images.map(({ key, state }) => [key, state]))),
  );
  await ports.outputs.summary(verdictSummary(verdict));
  for (const warning of verdict.warnings ?? []) ports.log.warning(warning);
  for (const { text, place } of verdictAnnotations(verdict)) ports.log.error(text, place);
  if (verdict.state !== 'match') throw gateRefusal(verdict);
}

/** Removes what a main step left that was killed before it could: containers of the test of the set, and a builder of the gate. */
export async function verifyDigestPost(ports: Ports, state: (name: string) => string | undefined): Promise<void> {
  await removeLeft(ports, { owner: state(ownerState), builder: state(builderState), folder: state(folderState) });
}

/** The set of a run, in the mode that is asked for, else that of its plan. */
async function verifySet(
  ports: ActionPorts,
  host: Host,
  inputs: VerifyDigestInputs & { readonly plan: string },
): Promise<Verdict> {
  const { stores } = inputs;
  await using kept = await ports.files.tempFolder('slipway-stores-', host.temp);
  const storesOf = (plan: Plan): FindStore =>
    stores === undefined
      ? storesInArtifacts(ports, plan, kept.path)
      : storesInFolder(ports, stores.startsWith('/') ? stores : `${host.workspace}/${stores}`);
  const received = await receiveSet(ports, host, inputs, storesOf);
  const { plan, set, split, records, registry } = received;
  const contentOf = received.findStore && storeContent(received.findStore, registry);
  await testReceived(ports, host, { plan, set, registry, contentOf, onSetTest: inputs.onSetTest });
  const findStore = received.findStore ?? storesOf(plan);
  const builder = {
    name: inputs.builder,
    image: inputs['buildkit-image'],
    config: inputs['buildkit-config'],
    driverOptions: inputs['driver-opts'],
  };
  return await gateBy(
    ports,
    { plan, set, split, registry },
    {
      ...{ mode: inputs.mode ?? plan.gate ?? 'promote', records, findStore, builder },
      ...{ folder: host.workspace, source: host.source, temp: host.temp, isSameMachine: inputs.isSameMachine ?? false },
      onBuilder: (name) => ports.outputs.saveState(builderState, name),
      secrets: givenSecrets(host, inputs),
      logins: await buildLogins(ports, inputs, plan),
    },
  );
}

/** Runs the test of the set, where the plan has one, and hands its result on; red ends the step before the gate is asked. */
async function testReceived(
  ports: ActionPorts,
  host: Host,
  {
    onSetTest,
    ...gated
  }: Pick<SetTestJob, 'plan' | 'set' | 'registry' | 'contentOf'> & Pick<VerifyDigestInputs, 'onSetTest'>,
): Promise<void> {
  const { plan, set } = gated;
  if (plan.setTest === undefined) return ports.outputs.set('set-test', '');
  await using work = await ports.files.tempFolder('slipway-set-', host.temp);
  const owner = `${host.run.id}-${ports.random.hex(12)}`;
  const workFolder = `${work.path}/set`;
  await ports.outputs.saveState(ownerState, owner);
  await ports.outputs.saveState(folderState, work.path);
  const result = await testWholeSet(ports, { ...gated, folder: host.workspace, workFolder, owner, run: host.run });
  await uploadSetLog(ports, workFolder);
  if (result === undefined) return;
  onSetTest?.(result);
  await ports.outputs.set('set-test', await sendSetTest(ports, result));
  await ports.outputs.summary(setTestSummary(result));
  const refusal = setTestRefusal(plan, setIdentity(set), result);
  if (refusal !== undefined) throw refusal;
}

/** Compares one image, wherever it came from, with what it must have. */
async function verifyOne(
  ports: ActionPorts,
  inputs: VerifyDigestInputs,
  { subject, expected }: { readonly subject: string; readonly expected: string },
): Promise<void> {
  const question = { subject, expected, mode: inputs.mode ?? 'promote', where: 'the input expected' } as const;
  const verified = await verifySubject(ports, question, (repository) => registryOf(ports, inputs, repository));
  await ports.outputs.set('verdict', verified.state);
  await ports.outputs.set('verdicts', JSON.stringify({ subject: verified.state }));
  await ports.outputs.summary(subjectSummary(verified));
  if (verified.state !== 'match') throw subjectRefusal(verified);
}
