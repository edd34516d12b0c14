/** Says one line about what the lab does. */
export function say(message: string): void {
  process.stderr.write(`lab: ${message}\n`);
}

/** Does a step and says how long it took; steps of no noticeable length keep the line short. */
export async function timed<T>(what: string, done: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  say(`${what} … ${done} in ${formatDuration(performance.now() - startedMs)}`);
  return result;
}

/** Milliseconds as people read them. */
export function formatDuration(durationMs: number): string {
  return durationMs < 10_000 ? `${(durationMs / 1000).toFixed(1)} s` : `${Math.round(durationMs / 1000)} s`;
}
