import type { Container } from '../../clients/engine.ts';
import type { PlannedTest } from '../../domain/planned-test.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Attempted } from './attempt.ts';

type UpTest = Extract<PlannedTest, { readonly kind: 'up' }>;
type Verdict = Pick<Attempted, 'state' | 'exitCode' | 'reason'>;

const askMs = 500;
const graceSeconds = 2;

/** Starts a container that runs on, and watches it until it has been up for long enough, is healthy, or has failed. */
export async function watchUp(
  { clock }: { readonly clock: Clock },
  { container, test }: { readonly container: Container; readonly test: UpTest },
  start: (limitMs: number) => Promise<{ readonly exitCode: number }>,
): Promise<Verdict> {
  const limitMs = test.timeoutMinutes * 60_000;
  // Longer than the watch, which stops it first; it still ends when nobody watches any more.
  const ended = start(limitMs + 120_000).then(
    ({ exitCode }) => ({ exitCode }),
    (failure: unknown) => ({ failure }),
  );
  const done = new AbortController();
  void ended.then(() => done.abort());
  const verdict = await watch(clock, { container, test, limitMs, done: done.signal }).catch(async (error: unknown) => {
    await container.stop(graceSeconds);
    await ended;
    throw error;
  });
  await container.stop(graceSeconds);
  const end = await ended;
  if ('failure' in end) throw end.failure;
  return verdict ?? stopped(end.exitCode);
}

/** What became of it; undefined when its client ended first, who knows more. */
async function watch(
  clock: Clock,
  watched: {
    readonly container: Container;
    readonly test: UpTest;
    readonly limitMs: number;
    readonly done: AbortSignal;
  },
): Promise<Verdict | undefined> {
  const { container, test, limitMs, done } = watched;
  const begun = clock.now().getTime();
  let upSince: number | undefined;
  for (;;) {
    await clock.sleep(askMs, done);
    if (done.aborted) return undefined;
    const { running, health } = await container.state();
    const now = clock.now().getTime();
    if (running) upSince ??= now;
    const upMs = upSince === undefined ? 0 : now - upSince;
    if (test.seconds === null) {
      if (health === 'healthy') return passed;
      if (health === 'unhealthy') return failed('its health check says unhealthy');
      if (running && health === '') return failed('it has no health check to become healthy by');
    } else if (running && upMs >= test.seconds * 1000) return passed;
    if (now - begun >= limitMs) return failed(`it was not up after ${test.timeoutMinutes} min`);
  }
}

const passed: Verdict = { state: 'passed', exitCode: 0, reason: '' };

function failed(reason: string): Verdict {
  return { state: 'failed', exitCode: 1, reason };
}

function stopped(exitCode: number): Verdict {
  return { state: 'failed', exitCode, reason: `it ended with exit code ${exitCode}` };
}
