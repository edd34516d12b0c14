import { canonicalJson } from '../domain/canonical-json.ts';
import { type Digest, digestOf, isDigest } from '../domain/digest.ts';
import { RefusedError } from '../domain/errors.ts';
import { checkResult, missingRow } from '../domain/handoff.ts';
import { Plan, type Row, type RunFacts } from '../domain/plan.ts';
import { RowResult, readSlots } from '../domain/row-result.ts';
import { readJson } from '../formats/json.ts';
import type { Host } from '../ports/host.ts';
import type { ActionPorts } from '../ports/ports.ts';

const planArtifact = 'slipway-plan';
const planFile = 'plan.json';
const resultFile = 'result.json';

/** A plan with the digest by which the jobs of a run know it. */
export interface KnownPlan {
  readonly plan: Plan;
  readonly digest: Digest;
}

type HandoffPorts = Pick<ActionPorts, 'artifacts' | 'files'>;

/** Uploads a plan and answers with its digest, which travels as an output and not beside it. */
export async function sendPlan(ports: HandoffPorts, plan: Plan): Promise<Digest> {
  const bytes = new TextEncoder().encode(canonicalJson(plan));
  await ports.artifacts.upload(planArtifact, { [planFile]: bytes });
  return digestOf(bytes);
}

/** Fetches the plan of this run: by its digest from the artifact, or from a file. */
export async function receivePlan(ports: HandoffPorts, host: Host, input: string): Promise<KnownPlan> {
  const bytes = isDigest(input)
    ? await planFromArtifact(ports, input)
    : await ports.files.readBytes(pathIn(host, input));
  if (bytes === undefined) {
    throw handoffRefusal(
      'plan-missing',
      isDigest(input) ? 'this run has no artifact slipway-plan' : `there is no plan at ${input}`,
    );
  }
  const about = {
    code: 'plan-invalid',
    what: 'the plan',
    where: input,
    next: 'make it with the same version of Slipway that reads it',
  };
  const plan = readJson(bytes, Plan, about);
  if (isDigest(input) && plan.run.id !== host.run.id) {
    throw handoffRefusal('handoff-other-run', `the plan is of run ${plan.run.id}, not of ${host.run.id}`);
  }
  return { plan, digest: digestOf(bytes) };
}

async function planFromArtifact(ports: HandoffPorts, digest: Digest): Promise<Uint8Array | undefined> {
  const bytes = (await ports.artifacts.download(planArtifact))?.[planFile];
  if (bytes === undefined || digestOf(bytes) === digest) return bytes;
  throw handoffRefusal(
    'handoff-swapped',
    `the artifact ${planArtifact} holds ${digestOf(bytes)}, and the plan of this run is ${digest}`,
  );
}

/** Uploads what a row hands on, and answers with the digest of the document. */
export async function sendResult(ports: Pick<ActionPorts, 'artifacts'>, result: RowResult): Promise<Digest> {
  const bytes = new TextEncoder().encode(canonicalJson(result));
  await ports.artifacts.upload(resultArtifact(result.row), { [resultFile]: bytes });
  return digestOf(bytes);
}

/** Fetches the results of rows. Each must be there, be the very document that its job named, and be of this run and plan. */
export async function receiveResults(
  ports: HandoffPorts,
  expected: { readonly known: KnownPlan; readonly run: RunFacts; readonly rows: readonly Row[] },
  input: string | undefined,
): Promise<readonly RowResult[]> {
  const { known, run, rows } = expected;
  const slots = readSlots(parseResults(input));
  const missing = rows.filter((row) => !slots.has(row.id));
  if (missing.length > 0) throw missingRow(missing);
  const results: RowResult[] = [];
  // A few at a time: the service of artifacts has limits of its own.
  for (let at = 0; at < rows.length; at += 8) {
    const some = rows.slice(at, at + 8).map(async (row) => {
      const result = await receiveResult(ports, row.id, slots.get(row.id));
      return checkResult(result, { plan: known.digest, row, run, images: known.plan.images });
    });
    results.push(...(await Promise.all(some)));
  }
  return results;
}

async function receiveResult(ports: HandoffPorts, row: string, digest: Digest | undefined): Promise<RowResult> {
  const files = await ports.artifacts.download(resultArtifact(row));
  if (files === undefined || digest === undefined) {
    throw handoffRefusal('handoff-missing', `this run has no artifact ${resultArtifact(row)}`);
  }
  const bytes = files[resultFile];
  if (bytes === undefined)
    throw handoffRefusal('handoff-swapped', `the artifact ${resultArtifact(row)} holds no ${resultFile}`);
  const found = digestOf(bytes);
  if (found !== digest)
    throw handoffRefusal(
      'handoff-swapped',
      `the artifact ${resultArtifact(row)} holds ${found}, and its job said ${digest}`,
    );
  const about = {
    code: 'result-invalid',
    what: `the result of ${row}`,
    where: resultArtifact(row),
    next: 'run the job again',
  };
  return readJson(bytes, RowResult, about);
}

function resultArtifact(row: string): string {
  return `slipway-record-${row}`;
}

function parseResults(input: string | undefined): unknown {
  if (input === undefined) return {};
  try {
    return JSON.parse(input);
  } catch (cause) {
    throw handoffRefusal('results-invalid', 'the input results is not JSON', cause);
  }
}

function pathIn(host: Host, path: string): string {
  return path.startsWith('/') ? path : `${host.workspace}/${path}`;
}

/** What was handed on cannot be taken. */
export function handoffRefusal(code: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError({
    code,
    what,
    where: 'what the jobs of this run handed on',
    state: 'nothing was released',
    next: 'look at the jobs before this one; run all jobs again if they are green',
    cause,
  });
}
