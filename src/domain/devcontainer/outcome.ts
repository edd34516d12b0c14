import type { Digest } from '../digest.ts';
import type { ImageRef } from '../image-ref.ts';
import type { InputChange } from './content-hash.ts';
import type { PrebuildPlan } from './prebuild-plan.ts';
import type { PushReason } from './push-decision.ts';

/** How long each part of a prebuild took, in order. */
export type Timings = Readonly<Record<string, number>>;

/** What became of the packages of a Python project. */
export interface VenvOutcome {
  readonly hit: 'exact' | 'partial' | 'miss';
  readonly key: string;
  readonly manager: string;
}

/** What a prebuild has come to, as far as it came. */
export interface PrebuildOutcome {
  readonly plan: PrebuildPlan;
  readonly mode: 'reuse' | 'build';
  /** The image by its digest, where it is published. */
  readonly published: ImageRef | undefined;
  readonly digest: Digest;
  readonly bytes: number | undefined;
  readonly pushed: boolean;
  readonly uploaded: number;
  readonly pushReason: PushReason;
  readonly floatingMoved: boolean;
  /** What differs from the image behind the floating tag, where anything was built and that is known. */
  readonly changes: readonly InputChange[] | undefined;
  readonly venv: VenvOutcome | undefined;
  readonly python: string | undefined;
  readonly containerId: string | undefined;
  readonly command: { readonly exitCode: number; readonly output: string } | undefined;
  readonly timings: Timings;
}
