import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { type Digest, digestOf, parseDigest } from '../domain/digest.ts';
import { type ImageSet, setIdentity } from '../domain/image-set.ts';
import type { Plan, RunFacts } from '../domain/plan.ts';
import { SetTestResult, setTestRefusal } from '../domain/set-test.ts';
import { homeOf } from '../domain/staging.ts';
import { readJson } from '../formats/json.ts';
import type { ActionPorts, Ports } from '../ports/ports.ts';
import { type SetTestInputs, testSet } from '../stages/set-test.ts';
import { handoffRefusal } from './handoff.ts';

/** A set, and where it is. */
export interface SetTestJob {
  readonly plan: Plan;
  readonly set: ImageSet;
  readonly registry: RegistryClient;
  /** The repository's folder. */
  readonly folder: string;
  /** A folder of the run. */
  readonly workFolder: string;
  readonly owner: string;
  readonly run: RunFacts;
  /** Where images are, if not in the registry. */
  readonly contentOf?: SetTestInputs['contentOf'] | undefined;
}

/** Runs the test of a set, where its plan has one, with what the registry holds of it. */
export async function testWholeSet(ports: Ports, job: SetTestJob): Promise<SetTestResult | undefined> {
  const { plan, registry } = job;
  if (plan.setTest === undefined) return undefined;
  return testSet(ports, {
    ...job,
    test: plan.setTest,
    version: plan.version,
    contentOf: job.contentOf ?? (async (image) => repositoryContent(registry, homeOf(image))),
  });
}

const artifact = 'slipway-set-test';
const file = 'set-test.json';

/** Uploads how the test of a set ended, and answers with the digest of the document, which travels as an output. */
export async function sendSetTest(ports: Pick<ActionPorts, 'artifacts'>, result: SetTestResult): Promise<Digest> {
  const bytes = new TextEncoder().encode(canonicalJson(result));
  await ports.artifacts.upload(artifact, { [file]: bytes });
  return digestOf(bytes);
}

/** Refuses a set whose plan has a test of the set, unless the result that was handed on says that it passed for this very set. */
export async function requireSetTest(
  ports: Pick<ActionPorts, 'artifacts'>,
  { plan, set }: Pick<SetTestJob, 'plan' | 'set'>,
  input: string | undefined,
): Promise<void> {
  if (plan.setTest === undefined) return;
  const result =
    input === undefined ? undefined : await receiveSetTest(ports, parseDigest(input, 'the input set-test'));
  const refusal = setTestRefusal(plan, setIdentity(set), result);
  if (refusal !== undefined) throw refusal;
}

async function receiveSetTest(ports: Pick<ActionPorts, 'artifacts'>, digest: Digest): Promise<SetTestResult> {
  const bytes = (await ports.artifacts.download(artifact))?.[file];
  if (bytes === undefined) throw handoffRefusal('handoff-missing', `this run has no artifact ${artifact}`);
  const found = digestOf(bytes);
  if (found !== digest)
    throw handoffRefusal('handoff-swapped', `the artifact ${artifact} holds ${found}, and its job said ${digest}`);
  const next = 'let the same version of Slipway run all steps';
  return readJson(bytes, SetTestResult, {
    code: 'result-invalid',
    what: 'the result of the set test',
    where: artifact,
    next,
  });
}
