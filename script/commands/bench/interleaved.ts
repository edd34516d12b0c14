import { spawnSync } from 'node:child_process';

/** Something to start: what the report calls it, and what node gets. */
export interface Subject {
  readonly name: string;
  readonly args: readonly string[];
}

export interface Setting {
  readonly node: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Rounds that do not count; by default 3. */
  readonly warmUpRounds?: number;
  /** Rounds that count; by default 15. */
  readonly rounds?: number;
}

/** Starts all subjects in turn, again and again, so that a busy moment of the machine slows each of them alike. */
export function measure(
  subjects: readonly Subject[],
  setting: Setting,
): { readonly name: string; readonly medianMs: number }[] {
  const { warmUpRounds = 3, rounds = 15 } = setting;
  const times = subjects.map(({ name, args }) => ({ name, args, ms: [] as number[] }));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const { args, ms } of times) {
      const startMs = performance.now();
      // A failed run counts: without inputs an action is to fail, and fast.
      spawnSync(setting.node, args, { cwd: setting.cwd, env: setting.env, stdio: 'ignore' });
      if (round >= 0) ms.push(performance.now() - startMs);
    }
  }
  return times.map(({ name, ms }) => ({ name, medianMs: median(ms) }));
}

/** The middle one of the values; of an even number, the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
