import { AsyncLocalStorage } from 'node:async_hooks';
import { type Place, placeText } from '../domain/errors.ts';
import { inertText } from '../domain/inert-text.ts';
import type { Log } from '../ports/log.ts';
import { createLivingScreen, createPlainScreen } from './living-screen.ts';
import { paint } from './terminal-screen.ts';

/** Where and how a terminal log writes. */
export interface TerminalLogOptions {
  /** Standard error: standard output is for results. */
  readonly write: (text: string) => void;
  readonly isTty: boolean;
  /** Asked each time, because windows change their size. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly verbose: boolean;
  /** Counts on a terminal alone. */
  readonly colour: boolean;
  /** How many lines of others are shown at once. */
  readonly relayedLines?: number;
}

const defaultRelayedLines = 200;
const colours = { notice: 36, warning: 33, error: 31, title: 1, quiet: 2 } as const;

/** Tells people at a desk what happens; disposing of it draws the last state of the tasks. */
export function createTerminalLog(options: TerminalLogOptions): Log & Disposable {
  const look = { colour: options.isTty && options.colour };
  const screen = options.isTty
    ? createLivingScreen(options.write, () => ({ ...look, ...options.size() }))
    : createPlainScreen(options.write);
  // Groups may run side by side; each indents only what is said inside of it.
  const depth = new AsyncLocalStorage<number>();

  const print = (text: string, colour?: number): void => {
    const indent = '  '.repeat(depth.getStore() ?? 0);
    for (const line of text.split('\n')) {
      const inert = indent + inertText(line);
      screen.print(colour === undefined ? inert : paint(inert, colour, look));
    }
  };
  const say = (kind: 'notice' | 'warning' | 'error', text: string, place?: Place): void =>
    print(`${kind}: ${place === undefined ? '' : `${placeText(place)}: `}${text}`, colours[kind]);

  return {
    debug: (text) => (options.verbose ? print(text, colours.quiet) : undefined),
    info: (text) => print(text),
    notice: (text, place) => say('notice', text, place),
    warning: (text, place) => say('warning', text, place),
    error: (text, place) => say('error', text, place),
    async group(title, body) {
      print(title, colours.title);
      return depth.run((depth.getStore() ?? 0) + 1, body);
    },
    relay(lines, title) {
      const most = options.relayedLines ?? defaultRelayedLines;
      print(title, colours.title);
      // Inert before it is split into our lines: a line feed inside of one is not ours.
      for (const line of lines.slice(0, most)) print(`  │ ${inertText(line)}`);
      if (lines.length > most) print(`  … ${lines.length - most} lines more`, colours.quiet);
    },
    task: (key, state) => screen.task(key, state),
    [Symbol.dispose]: () => screen[Symbol.dispose](),
  };
}
