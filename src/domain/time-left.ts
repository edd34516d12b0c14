/** An image that is to be made, with how long that took before. */
export interface TimedImage {
  readonly key: string;
  readonly needs: readonly string[];
  /** Absent where it was never made here. */
  readonly tookMs: number | undefined;
}

/**
 * How long images will take, some at once and each after those that it needs; absent where one of them was never made.
 * They stand in the order in which they may begin, as the levels of a plan have them.
 */
export function timeLeftMs(images: readonly TimedImage[], atOnce: number): number | undefined {
  const ends = new Map<string, number>();
  const slots = Array.from({ length: Math.max(1, atOnce) }, () => 0);
  for (const { key, needs, tookMs } of images) {
    if (tookMs === undefined) return undefined;
    const ready = Math.max(0, ...needs.map((need) => ends.get(need) ?? 0));
    const free = slots.indexOf(Math.min(...slots));
    const end = Math.max(ready, slots[free] ?? 0) + tookMs;
    slots[free] = end;
    ends.set(key, end);
  }
  return Math.max(0, ...ends.values());
}

/** A duration as people say it. */
export function roughDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
