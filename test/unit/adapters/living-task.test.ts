import { describe, expect, it } from '@jest/globals';
import { type LivingTask, livingState, nextTask } from '../../../src/adapters/living-task.ts';
import type { TaskState } from '../../../src/ports/log.ts';

const working = (text: string, milestone?: string): TaskState => ({
  kind: 'working',
  text,
  ...(milestone === undefined ? {} : { milestone }),
});

/** The line after each state; each is a second after the one before. */
function lines(...states: readonly TaskState[]): readonly string[] {
  let task: LivingTask | undefined;
  return states.map((state, second) => {
    task = nextTask(task, state, second * 1_000);
    return livingState(task, second * 1_000).text;
  });
}

describe('the line of a task that lives', () => {
  it('says what is done, what goes on, and for how long', () => {
    expect(
      lines(
        { kind: 'waiting', text: 'changed: two files' },
        working('build RUN make'),
        working('built: 4 of 6 steps cached', 'built: 4 of 6 steps cached'),
        working('test it greets'),
        working('tested: 1 of 1 passed', 'tested: 1 of 1 passed'),
        working('upload sha256:aa'),
      ),
    ).toEqual([
      'changed: two files',
      'build RUN make',
      'built: 4 of 6 steps cached (1 s)',
      'built: 4 of 6 steps cached, test it greets (2 s)',
      'built: 4 of 6 steps cached, tested: 1 of 1 passed (3 s)',
      'built: 4 of 6 steps cached, tested: 1 of 1 passed, upload sha256:aa (4 s)',
    ]);
  });

  it('says how much is left, as the last time went, until that is over', () => {
    expect(
      lines(
        { kind: 'waiting', text: 'changed', expectedMs: 3_000 },
        { kind: 'waiting', text: 'waits for base' },
        working('one'),
        working('two'),
        working('three'),
        working('four'),
      ),
    ).toEqual([
      'changed',
      'waits for base',
      'one (0 s, about 3 s left)',
      'two (1 s, about 2 s left)',
      'three (2 s, about 1 s left)',
      'four (3 s)',
    ]);
  });
});
