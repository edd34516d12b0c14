import { readOrigin } from '../../clients/devcontainer-explain.ts';
import { changedInputs, type InputChange } from '../../domain/devcontainer/content-hash.ts';
import type { PrebuildPlan } from '../../domain/devcontainer/prebuild-plan.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { readBases } from '../../stages/prebuilding/bases.ts';
import { impatient, registryFor } from '../destination.ts';
import type { PrebuildSetting } from './work.ts';

/** What the bases of a build name while it runs, for who publishes it; nobody waits long for registries that do not answer. */
export async function basesOf(
  { ports, env, project, choices, platform }: PrebuildSetting,
  { push, decision }: PrebuildPlan,
): Promise<Readonly<Record<string, Digest>>> {
  if (!push.push || decision.kind !== 'build') return {};
  const platforms = choices.platforms.length === 0 ? [platform] : choices.platforms;
  return readBases({ ...ports, env }, registryFor(impatient(ports), choices.signIn), { project, platforms });
}

/** Which inputs are others than those of the image that stands under the floating tag. */
export async function changesSince(
  { registry, choices: { name } }: PrebuildSetting,
  { decision, inputs }: PrebuildPlan,
): Promise<readonly InputChange[] | undefined> {
  if (name === undefined || decision.kind !== 'build' || decision.why !== 'absent') return undefined;
  try {
    const before = await registry.resolve(name.repository, name.floating);
    const known = before === undefined ? undefined : await readOrigin(registry, name.repository, before.digest);
    return known === undefined ? undefined : changedInputs(known.inputs, inputs);
  } catch (error) {
    // It only explains.
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}
