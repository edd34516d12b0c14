import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commandLine, inertLine } from '../../../src/adapters/runner/commands.ts';
import { createRunnerLog } from '../../../src/adapters/runner/runner-log.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { Random } from '../../../src/ports/random.ts';
import { hostileLines } from '../../support/action-hostile.ts';
import { outputsAfterMasking, runnerReads } from '../../support/runner-model.ts';

const token = 'f'.repeat(64);
const digest = `sha256:${'ab'.repeat(32)}`;

/** What a log writes while something is done with it. */
function written(use: (log: Log) => void, random: Random = { hex: () => token }): string {
  const pieces: string[] = [];
  use(createRunnerLog({ write: (piece) => pieces.push(piece), random, verbose: true }));
  return pieces.join('');
}

/** The same without the lines that pause the runner, so that nothing but the filter stands between it and a line. */
function unpaused(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('::stop-commands::') && line !== `::${token}::`)
    .join('\n');
}

function chunks(lines: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, at) => lines.slice(at * size, (at + 1) * size));
}

describe('T13 the corpus of hostile lines', () => {
  it('is large, and the runner would obey nearly all of it', () => {
    const obeyed = hostileLines.filter((line) => runnerReads(line).commands.length > 0);
    expect(hostileLines.length).toBeGreaterThanOrEqual(500);
    expect(obeyed.length).toBeGreaterThan(hostileLines.length * 0.8);
  });
});

describe('the model of the runner', () => {
  it.each([
    ['::error::x', 'error', 'x'],
    ['\u3000\u00a0\t::Error file=a%2Cb,line=3::x%0Ay', 'Error', 'x\ny'],
    ['a\r::set-output name=x::y', 'set-output', 'y'],
    ['in the middle ##[Add-Mask]x', 'Add-Mask', 'x'],
  ])('finds the command in %j', (line, name, data) => {
    expect(runnerReads(line).commands).toMatchObject([{ name, data }]);
  });

  it.each(['a ::error::x', ': :error::x', '::unknown::x', '##[unknown]x', '## [error]x', '::error'])(
    'finds none in %j',
    (line) => {
      expect(runnerReads(line)).toEqual({ commands: [], shown: [line], isPaused: false });
    },
  );

  it('obeys nothing between a pause and its end, and all after it', () => {
    const text = '::stop-commands::abc\n::error::no\n##[error]no\n::ABC::\n::error::yes\n';
    const { commands, isPaused } = runnerReads(text);
    expect([commands.map(({ name, data }) => [name, data]), isPaused]).toEqual([
      [
        ['stop-commands', 'abc'],
        ['ABC', ''],
        ['error', 'yes'],
      ],
      false,
    ]);
  });

  it.each(['', 'pause-logging', 'error'])('is not paused by the token %j', (given) => {
    expect(runnerReads(`::stop-commands::${given}\n::error::yes`).commands.at(-1)).toMatchObject({ data: 'yes' });
  });

  it('empties an output that holds a secret in any of its forms', () => {
    const secret = 'ada "the" user';
    const outputs = {
      plain: `x ${secret} y`,
      json: JSON.stringify({ secret }),
      address: `https://x/${encodeURIComponent(secret)}`,
      ...Object.fromEntries(
        ['', 'a', 'ab'].map((before) => [`base64${before}`, Buffer.from(`${before}${secret}zz`).toString('base64')]),
      ),
      clean: 'nothing of it',
    };
    const masked = outputsAfterMasking(outputs, [secret]);
    expect(Object.entries(masked).filter(([, value]) => value !== '')).toEqual([['clean', 'nothing of it']]);
  });
});

describe('T13 what others print', () => {
  it('commands nothing, whichever line it is, with the pause and without it', () => {
    for (const lines of chunks(hostileLines, 300)) {
      const text = written((log) => log.relay(lines, 'container'));
      const names = runnerReads(text).commands.map(({ name }) => name);
      expect(names).toEqual(['group', 'stop-commands', token, 'endgroup']);
      expect(runnerReads(unpaused(text)).commands.map(({ name }) => name)).toEqual(['group', 'endgroup']);
    }
  });

  it.each(['info', 'debug'] as const)('commands nothing in a line of %s', (level) => {
    const text = written((log) => {
      for (const line of hostileLines) log[level](line);
    });
    expect(runnerReads(text).commands).toEqual([]);
  });

  it('commands nothing in the title of a group or the text of a task', async () => {
    const pieces: string[] = [];
    const log = createRunnerLog({ write: (piece) => pieces.push(piece), random: { hex: () => token }, verbose: false });
    for (const line of hostileLines.slice(0, 600)) {
      await log.group(line, async () => undefined);
      log.task(line, { kind: 'working', text: line });
      log.relay([], line);
    }
    const names = new Set(runnerReads(pieces.join('')).commands.map(({ name }) => name));
    expect([...names].sort()).toEqual(['endgroup', token, 'group', 'stop-commands'].sort());
  });

  it('commands nothing whatever it is, and whatever is printed with it', () => {
    const marks = fc.constantFrom(
      '::',
      '##[',
      ':',
      '#',
      '[',
      ']',
      '\r',
      '\n',
      ' ',
      '\u0085',
      'error',
      'add-mask',
      '%0A',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(marks, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 }),
        (parts) => {
          const line = parts.join('');
          expect(runnerReads(written((log) => log.info(line))).commands).toEqual([]);
          expect(runnerReads(unpaused(written((log) => log.relay([line], 'x')))).commands).toHaveLength(2);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('T14 cannot end the pause, not even by its own token', () => {
    const text = written((log) => log.relay([`::${token}::`, `  ::${token}::x`, `##[${token}]`, '::error::x'], 'x'));
    const { commands, isPaused } = runnerReads(text);
    expect(commands.map(({ name }) => name)).toEqual(['group', 'stop-commands', token, 'endgroup']);
    expect(isPaused).toBe(false);
  });

  it('T14 cannot mute what we say after it', () => {
    const text = written((log) => {
      log.relay(['::stop-commands::x', '::stop-commands::', '##[stop-commands]pause-logging'], 'x');
      log.error('the tests failed');
    });
    expect(runnerReads(text).commands.at(-1)).toMatchObject({ name: 'error', data: 'the tests failed' });
  });

  it('is no longer than it may be, and says how much is missing', () => {
    const text = written((log) =>
      log.relay(
        Array.from({ length: 1000 }, (_, at) => `line ${at}`),
        'x',
      ),
    );
    expect(text.split('\n').filter((line) => line.startsWith('  line '))).toHaveLength(400);
    expect(text).toContain('  … 600 lines more\n');
  });

  it('T15 stays readable: a digest and a plain line are shown as they are', () => {
    const text = written((log) => log.relay([`##[add-mask]sha256`, `pushed ${digest}`, 'a: b :: c'], 'x'));
    const { commands, shown } = runnerReads(text);
    expect(commands.map(({ name }) => name)).not.toContain('add-mask');
    expect(shown).toEqual(['  ## [add-mask]sha256', `  pushed ${digest}`, '  a: b :: c']);
  });

  it('takes a new token of 256 bits for each pause', () => {
    const asked: number[] = [];
    const random = { hex: (digits: number) => String(asked.push(digits)).padStart(digits, '0') };
    const text = written((log) => {
      log.relay(['x'], 'x');
      log.relay(['x'], 'x');
    }, random);
    const tokens = runnerReads(text).commands.flatMap(({ name, data }) => (name === 'stop-commands' ? [data] : []));
    expect([asked, new Set(tokens).size]).toEqual([[64, 64], 2]);
  });
});

describe('a command of ours', () => {
  it('arrives as it was meant, whatever it says', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileLines));
    fc.assert(
      fc.property(text, text, (data, file) => {
        const place = file.trim().replaceAll(/\s/g, '_');
        const { commands } = runnerReads(commandLine('error', { file: place, line: 3 }, data));
        const properties = { ...(place === '' ? {} : { file: place }), line: '3' };
        expect(commands).toMatchObject([{ name: 'error', data, properties }]);
      }),
      { numRuns: 1000 },
    );
  });

  it('points at a file, a line and a column', () => {
    const text = written((log) => log.warning('odd', { file: 'a,b:c.yml', line: 3, column: 7 }));
    expect(text).toBe('::warning file=a%2Cb%3Ac.yml,line=3,col=7::odd\n');
  });
});

describe('a line made inert', () => {
  it.each([
    ['plain: text', 'plain: text'],
    ['a::b', 'a::b'],
    ['::error::x', ': :error::x'],
    ['\t::error::x', '\t: :error::x'],
    ['x ##[error]y', 'x ## [error]y'],
    ['a\r::error::x', 'a\\x0d::error::x'],
  ])('turns %j into %j', (line, inert) => {
    expect(inertLine(line)).toBe(inert);
  });
});
