import fc from 'fast-check';
import type { Target } from './target.ts';

/** How many inputs, which ones, and whom to tell. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  readonly progress?: (done: number) => void;
}

/** How a target fared. */
export interface FuzzReport {
  readonly name: string;
  readonly done: number;
  readonly slowest: { readonly ms: number; readonly input: string };
  /** The smallest input that was found to fail, and how. */
  readonly failure: { readonly input: string; readonly message: string } | undefined;
}

const limitMs = 100;
/** Making a slow input smaller takes its time each time. */
const mostShrinkingMs = 20_000;

/** Gives a target its inputs until one fails; an input is slow only when it is so three times. */
export async function runTarget(target: Target, { count, seed, progress }: FuzzOptions): Promise<FuzzReport> {
  let done = 0;
  let slowest = { ms: 0, input: '' };
  let failedAtMs: number | undefined;
  const property = fc.asyncProperty(target.inputs, async (input) => {
    if (failedAtMs !== undefined && performance.now() - failedAtMs > mostShrinkingMs) return;
    try {
      let ms = await timed(target, input);
      for (let again = 0; again < 2 && ms > Math.min(slowest.ms, limitMs); again += 1) {
        ms = Math.min(ms, await timed(target, input));
      }
      if (ms > slowest.ms) slowest = { ms, input };
      if (ms > limitMs) throw new Error(`it took ${Math.round(ms)} ms`);
    } catch (error) {
      failedAtMs ??= performance.now();
      throw error;
    }
    if (failedAtMs !== undefined) return;
    done += 1;
    progress?.(done);
  });
  const details = await fc.check(property, { numRuns: count, seed });
  const [input] = details.counterexample ?? [];
  const failure = input === undefined ? undefined : { input, message: messageOf(details.errorInstance) };
  return { name: target.name, done, slowest, failure };
}

/** What a report says about a failure: the input as a JavaScript string, short enough to be read. */
export function failureText({ input, message }: { readonly input: string; readonly message: string }): string {
  const shown = JSON.stringify(input);
  const text =
    shown.length > 1000 ? `${shown.slice(0, 600)} … ${shown.slice(-300)} (${input.length} characters)` : shown;
  return `input:   ${text}\nfailure: ${message}`;
}

async function timed(target: Target, input: string): Promise<number> {
  const startMs = performance.now();
  const start = process.cpuUsage();
  await target.check(input);
  const { user, system } = process.cpuUsage(start);
  // On a busy machine others take time from us, which is no fault of the input.
  return Math.min(performance.now() - startMs, (user + system) / 1000);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error.stack ?? error.message).split('\n').slice(0, 6).join('\n').slice(0, 2000);
}
