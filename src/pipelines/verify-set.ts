import { setOf } from '../domain/image-set.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Ports } from '../ports/ports.ts';
import { gate } from '../stages/gate.ts';
import { registryFor } from './destination.ts';
import { type PlanOptions, planHere } from './plan.ts';

/** What `slipway verify` takes without an image. */
export type VerifyOptions = Omit<PlanOptions, 'offline' | 'since'>;

/** Asks the gate about what is published of a repository as it lies here. What would have to be built is not proven. */
export async function verifyHere(ports: Ports, options: VerifyOptions): Promise<Verdict> {
  const plan = await planHere(ports, { ...options, offline: false });
  return gate({ registry: registryFor(ports) }, { plan, set: setOf(plan, []) });
}
