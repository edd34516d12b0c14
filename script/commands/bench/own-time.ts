/** A stretch of time, in milliseconds since the epoch. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** How much of a stretch none of the others covers. */
export function uncoveredMs(whole: Stretch, others: readonly Stretch[]): number {
  let coveredMs = 0;
  let reached = whole.startMs;
  for (const { startMs, endMs } of others.toSorted((a, b) => a.startMs - b.startMs)) {
    const from = Math.max(startMs, reached);
    const to = Math.min(endMs, whole.endMs);
    if (to <= from) continue;
    coveredMs += to - from;
    reached = to;
  }
  return whole.endMs - whole.startMs - coveredMs;
}
