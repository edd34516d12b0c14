import type { Digest } from '../digest.ts';
import type { Tag } from '../image-ref.ts';
import type { BuildDecision } from './build-decision.ts';
import type { HashInputs } from './content-hash.ts';
import type { PushDecision } from './push-decision.ts';

/** What a prebuild is to do, and why; decided before anything is built. */
export interface PrebuildPlan {
  readonly hash: Digest;
  readonly tag: Tag;
  readonly inputs: HashInputs;
  readonly push: PushDecision;
  /** Why an image that is published is built anew, if it is. */
  readonly refresh: string | undefined;
  readonly decision: Exclude<BuildDecision, { kind: 'fail' }>;
}
