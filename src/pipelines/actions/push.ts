import { ConfigError } from '../../domain/errors.ts';
import { parseImageRef, parseTag } from '../../domain/image-ref.ts';
import { setOf } from '../../domain/image-set.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { push as pushSet } from '../../stages/push.ts';
import {
  digestsOf,
  type GatedSet,
  gateAndUpload,
  gateSet,
  needInputs,
  registryOf,
  type SignInInputs,
} from './action.ts';
import { finishRelease } from './finish-release.ts';
import { provenImage, tagPlan, tagsByKind } from './standalone.ts';

/** The inputs of the action. */
export interface PushInputs extends SignInInputs {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
  readonly 'set-test'?: string | undefined;
  readonly subject?: string | undefined;
  readonly tags: readonly string[];
}

/** Gives a proven set its immutable tags. */
export async function push(ports: ActionPorts, host: Host, inputs: PushInputs): Promise<void> {
  const { plan } = inputs;
  const gated =
    plan === undefined ? await gateSubject(ports, host, inputs) : await gateAndUpload(ports, host, { ...inputs, plan });
  const work: typeof pushSet = async (all, set) => {
    // Only now: digests of a set that the gate refused are nobody's to use.
    await ports.outputs.set('digests', digestsOf(gated.set));
    return pushSet(all, set);
  };
  await finishRelease(ports, gated, { work, count: 'pushed', host, signIn: inputs });
}

/** One image that is named by digest, with the record that stands beside it. */
async function gateSubject(ports: ActionPorts, host: Host, inputs: PushInputs): Promise<GatedSet> {
  if (inputs.subject === undefined || inputs.tags.length === 0) throw needInputs('push', 'subject and tags');
  const { repository, digest } = parseImageRef(inputs.subject, 'the input subject');
  if (digest === undefined) {
    throw new ConfigError({
      code: 'subject-without-digest',
      what: `${inputs.subject} names no digest, so it can name one image now and another a moment later`,
      where: 'the input subject',
      state: 'no tag was written',
      next: 'give it as REPOSITORY@sha256:…, for example the output image-ref of build-test',
    });
  }
  // All of them are made once: a step that moves tags is release-latest.
  const immutable = inputs.tags.map((tag) => parseTag(tag, 'the input tags'));
  const registry = registryOf(ports, inputs, repository);
  const image = await provenImage(registry, { repository, digest, tags: { ...tagsByKind([]), immutable } });
  const plan = tagPlan(host, null, [image]);
  return gateSet(ports, inputs, { plan, set: setOf(plan, []), split: [] });
}
