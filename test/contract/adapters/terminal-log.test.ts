import { describe, expect, it } from '@jest/globals';
import { createTerminalLog } from '../../../src/adapters/terminal-log.ts';
import { cutText, redraw, taskLines } from '../../../src/adapters/terminal-screen.ts';
import type { TaskState } from '../../../src/ports/log.ts';

const esc = '\u001b';

function logTo(options: { isTty?: boolean; colour?: boolean; verbose?: boolean } = {}) {
  let written = '';
  const log = createTerminalLog({
    write: (text) => {
      written += text;
    },
    isTty: false,
    size: () => ({ columns: 40, rows: 10 }),
    verbose: false,
    colour: false,
    relayedLines: 3,
    ...options,
  });
  return { log, written: () => written };
}

/** A sequence that begins with ESC, or one character. */
const tokens = new RegExp(`${esc}\\[\\d*[A-Za-z]|[^${esc}]|${esc}`, 'g');

/** What a person sees: understands the few sequences that the log may send, and fails at any other. */
function shown(text: string): string[] {
  const lines = [''];
  let row = 0;
  for (const token of text.match(tokens) ?? []) {
    if (token === '\n') row += 1;
    else if (token === '\r') continue;
    else if (token.endsWith('A') && token.length > 1) row -= Number(token.slice(2, -1));
    else if (token === `${esc}[J`) lines.length = row;
    else if (token.endsWith('m') && token.length > 1) continue;
    else if (token.startsWith(esc)) throw new Error(`unexpected ${JSON.stringify(token)}`);
    else lines[row] = (lines[row] ?? '') + token;
  }
  return lines;
}

describe('a plain log', () => {
  it('writes a line per change of a task, and the same text once', () => {
    const { log, written } = logTo();
    log.task('web', { kind: 'working', text: 'building' });
    log.task('web', { kind: 'working', text: 'building' });
    log.task('api', { kind: 'working', text: 'building' });
    log.task('web', { kind: 'done', text: 'built' });
    expect(written()).toBe('web: building\napi: building\nweb: built\n');
  });

  it('says what kind a message is and where, and keeps debug for the verbose', () => {
    const { log, written } = logTo({ colour: true });
    log.debug('hidden');
    log.info('fine');
    log.warning('careful', { file: 'slipway.yml', line: 3, column: 5 });
    expect(written()).toBe('fine\nwarning: slipway.yml:3:5: careful\n');
    const verbose = logTo({ verbose: true });
    verbose.log.debug('seen');
    expect(verbose.written()).toBe('seen\n');
  });

  it('indents what is said inside of a group, and only that', async () => {
    const { log, written } = logTo();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const group = log.group('title', async () => {
      log.info('in');
      await held;
      log.info('in again');
      return 1;
    });
    log.info('out');
    release();
    expect(await group).toBe(1);
    expect(written()).toBe('title\n  in\nout\n  in again\n');
  });
});

describe('the lines of others', () => {
  it.each([
    ['an escape sequence', `a${esc}[2Jb`, 'a\\x1b[2Jb'],
    ['a carriage return', 'real\rfake', 'real\\x0dfake'],
    ['a backspace', 'a\bb', 'a\\x08b'],
    ['a line feed', 'a\nerror: fake', 'a\\x0aerror: fake'],
    ['a C1 control', 'a\u009b2J', 'a\\x9b2J'],
    ['a bidirectional control', 'a\u202eb', 'a\\u{202e}b'],
    ['a tab, which is harmless', 'a\tb', 'a\tb'],
  ])('are inert: %s', (_name, line, visible) => {
    const { log, written } = logTo();
    log.relay([line], 'title');
    expect(written()).toBe(`title\n  │ ${visible}\n`);
  });

  it('are cut after a while, with the number of those left out', () => {
    const { log, written } = logTo();
    log.relay(['1', '2', '3', '4', '5'], 'title');
    expect(written()).toBe('title\n  │ 1\n  │ 2\n  │ 3\n  … 2 lines more\n');
  });
});

describe('a terminal', () => {
  it('has living lines at the bottom and everything else above', () => {
    const { log, written } = logTo({ isTty: true });
    log.task('web', { kind: 'working', text: 'building' });
    log.task('long-name', { kind: 'waiting', text: 'for web' });
    log.info('hello');
    log.task('web', { kind: 'working', text: 'testing' });
    log.info('world');
    const living = ['» web        testing', '· long-name  for web'];
    expect(shown(written())).toEqual(['hello', 'world', ...living]);
  });

  it('keeps the line of a task that has ended', () => {
    const { log, written } = logTo({ isTty: true });
    log.task('web', { kind: 'working', text: 'building' });
    log.task('api', { kind: 'working', text: 'building' });
    log.task('web', { kind: 'failed', text: 'no' });
    expect(shown(written())).toEqual(['✗ web  no', '» api  building']);
  });

  it('is redrawn at most ten times a second, and at the end', () => {
    const { log, written } = logTo({ isTty: true });
    const started = Date.now();
    for (let count = 0; count <= 5000; count += 1) log.task('web', { kind: 'working', text: `${count}` });
    const drawn = written().split('» web').length - 1;
    expect(drawn).toBeLessThanOrEqual(2 + (Date.now() - started) / 100);
    log[Symbol.dispose]();
    expect(shown(written())).toEqual(['» web  5000']);
  });

  it('is coloured only where that is wanted', () => {
    const plain = logTo({ isTty: true });
    plain.log.error('no');
    expect(plain.written()).toBe('error: no\n');
    const coloured = logTo({ isTty: true, colour: true });
    coloured.log.error('no');
    expect(coloured.written()).toBe(`${esc}[31merror: no${esc}[0m\n`);
  });
});

describe('the drawing', () => {
  const look = { columns: 20, rows: 5, colour: false };

  it('cuts each task to one line, and wide characters count twice', () => {
    const tasks = new Map([['a', { kind: 'working', text: 'x'.repeat(50) } as const]]);
    expect(taskLines(tasks, look)).toEqual([`» a  ${'x'.repeat(13)}…`]);
    expect(cutText('漢字漢字', 6)).toBe('漢字…');
    expect(cutText('漢字', 4)).toBe('漢字');
  });

  it('never has more lines than the terminal, and shows those at work', () => {
    const tasks = new Map<string, TaskState>();
    for (const key of ['a', 'b', 'c', 'd', 'e']) tasks.set(key, { kind: 'waiting', text: '' });
    tasks.set('z', { kind: 'working', text: 'now' });
    expect(taskLines(tasks, look)).toEqual(['» z  now', '· a  ', '· b  ', '  … 3 more']);
  });

  it('goes back over the living lines only', () => {
    expect(redraw(0, ['a'], ['b'])).toBe('a\nb\n');
    expect(redraw(2, [], ['b'])).toBe(`${esc}[2A\r${esc}[Jb\n`);
  });
});
