import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

/** What an image weighs on one platform as it travels: its layers together. */
export interface PlatformSize {
  readonly platform: Platform;
  readonly bytes: number;
  readonly layers: readonly { readonly digest: Digest; readonly bytes: number }[];
  /** The same of what was published last; absent where that had no such platform, or is not known. */
  readonly before: number | undefined;
}

/** What an image weighs, beside what was published last. */
export interface ImageSize {
  readonly platforms: readonly PlatformSize[];
  /** The tag that names what was published last. */
  readonly since: string | undefined;
  /** Why nobody knows what was published last. */
  readonly problem: string | undefined;
}

/** Whether an image weighs at least twice what it did. */
export function hasDoubled({ bytes, before }: PlatformSize): boolean {
  return before !== undefined && before > 0 && bytes >= 2 * before;
}
