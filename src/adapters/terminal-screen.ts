import { inertText } from '../domain/inert-text.ts';
import type { TaskState } from '../ports/log.ts';

/** How large a terminal is, and whether it may be coloured. */
export interface ScreenLook {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

const glyphs = { waiting: '·', working: '»', done: '✓', failed: '✗', skipped: '-' } as const;
const colours = { waiting: 2, working: 36, done: 32, failed: 31, skipped: 2 } as const;
const wide =
  /[\p{Extended_Pictographic}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const combining = /\p{Mark}/u;

/** The lines of the tasks, each exactly one line of the terminal; those that are at work first, if not all have room. */
export function taskLines(tasks: ReadonlyMap<string, TaskState>, look: ScreenLook): readonly string[] {
  // What has left the top of a terminal cannot be erased any more.
  const room = Math.max(1, look.rows - 2);
  const shown = tasks.size <= room ? [...tasks] : [...tasks].sort(workingFirst).slice(0, room);
  const keyWidth = Math.max(0, ...shown.map(([key]) => textWidth(inertText(key))));
  const lines = shown.map(([key, state]) => taskLine(key, state, keyWidth, look));
  return shown.length === tasks.size ? lines : [...lines, `  … ${tasks.size - shown.length} more`];
}

/** The line of one task. */
export function taskLine(key: string, state: TaskState, keyWidth: number, look: ScreenLook): string {
  const name = inertText(key);
  const padded = name + ' '.repeat(Math.max(0, keyWidth - textWidth(name)));
  // The last column stays free: many terminals wrap as soon as it is written.
  const line = cutText(`${glyphs[state.kind]} ${padded}  ${inertText(state.text)}`, look.columns - 1);
  return paint(line, colours[state.kind], look);
}

function workingFirst([, a]: [string, TaskState], [, b]: [string, TaskState]): number {
  return Number(b.kind === 'working') - Number(a.kind === 'working');
}

/** What a terminal has to be sent, whose last `drawn` lines are living ones, to print lines above new living lines. */
export function redraw(drawn: number, above: readonly string[], living: readonly string[]): string {
  const erase = drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`;
  return erase + [...above, ...living].map((line) => `${line}\n`).join('');
}

/** Colours a text, where that is wanted. */
export function paint(text: string, colour: number, look: Pick<ScreenLook, 'colour'>): string {
  return look.colour ? `\u001b[${colour}m${text}\u001b[0m` : text;
}

/** Cuts a text to a number of columns; an ellipsis says that there was more. */
export function cutText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const character of text) {
    width += textWidth(character);
    if (width > columns - 1) break;
    cut += character;
  }
  return `${cut}…`.slice(0, Math.max(0, columns));
}

/** The columns that a text takes. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!combining.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}
