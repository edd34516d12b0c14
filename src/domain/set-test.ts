import { z } from 'zod';
import { type Digest, digestOf } from './digest.ts';
import { ConfigError, RefusedError } from './errors.ts';
import { type Plan, RunFacts } from './plan.ts';
import type { PlannedSetTest } from './planned-set-test.ts';
import { DigestField, KeyField } from './schemas.ts';

/** How the test of a set ended. It speaks of exactly this set, and of no other that has the same keys. */
export const SetTestResult = z.strictObject({
  schema: z.literal('slipway.set-test/1'),
  /** The identity of the set. */
  set: DigestField,
  /** The digest of the test as the plan says it. */
  test: DigestField,
  name: z.string(),
  state: z.enum(['passed', 'failed']),
  exitCode: z.number().int(),
  /** Why it did not pass, in words; empty when it passed. */
  reason: z.string(),
  durationMs: z.number().int(),
  /** What ran: of each image the manifest of the engine's platform. */
  images: z.array(z.strictObject({ key: KeyField, digest: DigestField })),
  run: RunFacts,
});
export type SetTestResult = z.infer<typeof SetTestResult>;

/** The digest of a test, by which a result says what was asked of the set. */
export function setTestDigest(test: PlannedSetTest): Digest {
  return digestOf(JSON.stringify(test));
}

/** Why a set may not be released for want of its test; nothing where it has none, or passed. */
export function setTestRefusal(
  plan: Pick<Plan, 'setTest'>,
  set: Digest,
  result: SetTestResult | undefined,
): RefusedError | undefined {
  if (plan.setTest === undefined) return undefined;
  const { name } = plan.setTest;
  if (result === undefined) return refusal('set-untested', `nothing says that ${name} passed`, runIt);
  if (result.set !== set) {
    return refusal('set-untested', `${name} ran with the set ${result.set}, and this is ${set}`, runIt);
  }
  if (result.test !== setTestDigest(plan.setTest)) {
    return refusal('set-untested', `${name} is another test in the plan than the one that ran`, runIt);
  }
  if (result.state === 'passed') return undefined;
  return refusal(
    'set-test-failed',
    `${name}: ${result.reason}`,
    'its last lines are in the log; mend it and run again',
  );
}

const runIt = 'let verify-digest run before, and hand its output set-test on to push and release-latest';

function refusal(code: string, what: string, next: string): RefusedError {
  return new RefusedError({ code, what, where: 'the test of the set', state: 'no tag was written', next });
}

/** The variable by which a test of a set finds each image: `SLIPWAY_IMAGE_CPU_PY3_10` for `cpu-py3.10`. */
export function imageVariables(keys: readonly string[], where: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const key of keys) {
    const name = `SLIPWAY_IMAGE_${key.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
    const other = owners.get(name);
    if (other !== undefined) throw sameVariable(name, [other, key], where);
    owners.set(name, key);
    names.set(key, name);
  }
  return names;
}

function sameVariable(name: string, [one, other]: readonly [string, string], where: string): ConfigError {
  return new ConfigError({
    code: 'set-test-variable',
    what: `the test of the set would find ${one} and ${other} by the same variable ${name}`,
    where,
    state: 'nothing was built',
    next: 'give one of the images another key',
  });
}
