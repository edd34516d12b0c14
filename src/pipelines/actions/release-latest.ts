import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { release } from '../../stages/release.ts';
import { gateRun, needInputs, type SignInInputs } from './action.ts';
import { finishRelease } from './finish-release.ts';
import { gateTagged, repointTagged } from './retag.ts';

/** The inputs of the action. */
export interface ReleaseLatestInputs extends SignInInputs {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
  readonly 'set-test'?: string | undefined;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly repoint?: string | undefined;
  readonly config?: string | undefined;
  readonly registry?: string | undefined;
}

/** Moves the floating tags of a set; gives the images behind one tag other tags; or moves a tag back: all of them or none. */
export async function releaseLatest(ports: ActionPorts, host: Host, inputs: ReleaseLatestInputs): Promise<void> {
  const { plan, repoint } = inputs;
  const step = { count: 'moved' as const, host, signIn: inputs };
  if (plan !== undefined) {
    return finishRelease(ports, await gateRun(ports, host, { ...inputs, plan }), { ...step, work: release });
  }
  const [from, ...more] = inputs.from;
  if (from === undefined || inputs.to.length === 0) throw needInputs('release-latest', 'from and to');
  if (repoint !== undefined) return repointTagged(ports, host, { ...inputs, repoint });
  if (more.length > 0) throw needInputs('release-latest', 'a single tag as from');
  const gated = await gateTagged(ports, host, { ...inputs, from });
  await finishRelease(ports, gated, { ...step, work: (driven, set) => release(driven, set, 'all') });
}
