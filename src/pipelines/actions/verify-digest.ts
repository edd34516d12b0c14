import { parseDigest } from '../../domain/digest.ts';
import { RefusedError } from '../../domain/errors.ts';
import { parseImageRef, parseTag, refText } from '../../domain/image-ref.ts';
import { gateRefusal, type VerdictState } from '../../domain/verdict.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { verdictSummary } from '../../reports/verdict-summary.ts';
import { gateRun, needInputs, registryOf, type SignInInputs } from './action.ts';

/** The inputs of the action. */
export interface VerifyDigestInputs extends SignInInputs {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
  readonly subject?: string | undefined;
  readonly expected?: string | undefined;
}

/** The gate as a step of its own. */
export async function verifyDigest(ports: ActionPorts, host: Host, inputs: VerifyDigestInputs): Promise<void> {
  const { plan, subject, expected } = inputs;
  if (plan === undefined) {
    if (subject === undefined || expected === undefined) throw needInputs('verify-digest', 'subject and expected');
    return verifyOne(ports, inputs, subject, expected);
  }
  const { verdict } = await gateRun(ports, host, { ...inputs, plan });
  await ports.outputs.set('verdict', verdict.state);
  await ports.outputs.set(
    'verdicts',
    JSON.stringify(Object.fromEntries(verdict.images.map(({ key, state }) => [key, state]))),
  );
  await ports.outputs.summary(verdictSummary(verdict));
  if (verdict.state !== 'match') throw gateRefusal(verdict);
}

/** Compares one image, wherever it came from, with the digest that it must have. */
async function verifyOne(ports: ActionPorts, inputs: SignInInputs, subject: string, expected: string): Promise<void> {
  const ref = parseImageRef(subject, 'the input subject');
  const wanted = parseDigest(expected, 'the input expected');
  const registry = registryOf(ports, inputs, ref.repository);
  const raw = await registry.readManifest(ref.repository, ref.digest ?? ref.tag ?? parseTag('latest', 'subject'));
  const state: VerdictState = raw === undefined ? 'unverifiable' : raw.digest === wanted ? 'match' : 'mismatch';
  await ports.outputs.set('verdict', state);
  await ports.outputs.set('verdicts', JSON.stringify({ subject: state }));
  const found = raw === undefined ? `there is no ${refText(ref)}` : `${refText(ref)} is ${raw.digest}`;
  await ports.outputs.summary(
    `### Digest gate: ${state}\n\nExpected \`${wanted}\`; ${raw === undefined ? 'found nothing' : `found \`${raw.digest}\``}.\n`,
  );
  if (state === 'match') return;
  throw new RefusedError({
    code: `gate-${state}`,
    what: `${found}, and must be ${wanted}`,
    where: 'the digest gate',
    state: 'no tag was written',
    next: 'somebody moved or replaced it: find out who before you publish it',
  });
}
