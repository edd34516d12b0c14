import { inertText } from '../domain/inert-text.ts';
import type { TaskState } from '../ports/log.ts';
import { type LivingTask, livingState, nextTask } from './living-task.ts';
import { redraw, type ScreenLook, taskLine, taskLines } from './terminal-screen.ts';

/** A terminal with living lines at its bottom. */
export interface LivingScreen extends Disposable {
  print(line: string): void;
  task(key: string, state: TaskState): void;
}

const drawEveryMs = 100;
/** So that the seconds of what is at work go on. */
const tickMs = 1_000;

/** Draws at most ten times a second, except that other lines are printed at once; disposing of it draws the last state. */
export function createLivingScreen(write: (text: string) => void, look: () => ScreenLook): LivingScreen {
  const tasks = new Map<string, LivingTask>();
  let drawn = 0;
  let drawnAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = (above: readonly string[] = []): void => {
    clearTimeout(timer);
    timer = undefined;
    const now = Date.now();
    const living = taskLines(new Map([...tasks].map(([key, task]) => [key, livingState(task, now)])), look());
    write(redraw(drawn, above, living));
    drawn = living.length;
    drawnAt = now;
    const isAtWork = [...tasks.values()].some(({ startedAt }) => startedAt !== undefined);
    if (isAtWork) timer = setTimeout(() => draw(), tickMs).unref();
  };

  return {
    print: (line) => draw([line]),
    task(key, state) {
      if (['done', 'failed', 'skipped'].includes(state.kind)) {
        // What has ended moves no more: its line stays above the living ones.
        tasks.delete(key);
        draw([taskLine(key, state, 0, look())]);
        return;
      }
      tasks.set(key, nextTask(tasks.get(key), state, Date.now()));
      const waitMs = drawnAt + drawEveryMs - Date.now();
      if (waitMs <= 0) {
        draw();
        return;
      }
      clearTimeout(timer);
      // A last picture is no reason to keep the process alive.
      timer = setTimeout(() => draw(), waitMs).unref();
    },
    [Symbol.dispose]() {
      if (timer !== undefined) draw();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** The same for what is no terminal: a plain line for every change. */
export function createPlainScreen(write: (text: string) => void): LivingScreen {
  const last = new Map<string, string>();
  return {
    print: (line) => write(`${line}\n`),
    task(key, state) {
      if (last.get(key) === state.text) return;
      last.set(key, state.text);
      write(`${inertText(`${key}: ${state.text}`)}\n`);
    },
    [Symbol.dispose]() {},
  };
}
