import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeptOutput } from '../../../../src/stages/testing/kept-output.ts';
import { LiveOutput } from '../../../../src/stages/testing/live-output.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { handClock } from '../../../support/hand-clock.ts';

const block = 1024 * 1024;

async function textOf(output: KeptOutput): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of output.content()) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces).toString();
}

describe('T26 the output that is kept', () => {
  it('is all of it where there is little', async () => {
    const output = new KeptOutput(2 * block);
    output.add('one');
    output.add('');
    output.add('zwei €');
    expect(await textOf(output)).toBe('one\n\nzwei €\n');
  });

  it('is the beginning and the end of a flood, and says how much is between', async () => {
    const output = new KeptOutput(2 * block);
    const line = (at: number) => `${at}`.padStart(99, '.');
    const count = 100_000;
    for (let at = 0; at < count; at++) output.add(line(at));
    const text = await textOf(output);
    expect(text.startsWith(`${line(0)}\n${line(1)}\n`)).toBe(true);
    expect(text.endsWith(`${line(count - 2)}\n${line(count - 1)}\n`)).toBe(true);
    expect(text).toContain(`\n… ${count * 100 - 2 * block} bytes are left out here …\n`);
    expect(text.length).toBeLessThan(2 * block + 100);
  });

  it('is the same as the ends of the whole, wherever it was cut', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const output = new KeptOutput(2 * block);
        const lines = lengths.map((length, at) => String.fromCharCode(97 + (at % 26)).repeat(length));
        for (const line of lines) output.add(line);
        const whole = lines.map((line) => `${line}\n`).join('');
        const left = whole.length - 2 * block;
        const kept = `${whole.slice(0, block)}\n… ${left} bytes are left out here …\n${whole.slice(-block)}`;
        expect((await textOf(output)) === (left > 0 ? kept : whole)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('is forgotten when the next test begins', async () => {
    const output = new KeptOutput(2 * block);
    output.add('x'.repeat(5 * block));
    output.clear();
    output.add('new');
    expect(await textOf(output)).toBe('new\n');
  });
});

describe('the output that is shown', () => {
  const shown = () => {
    const log = recordingLog();
    const clock = handClock();
    return { log, clock, live: new LiveOutput({ log, clock }, 'title') };
  };

  it('comes while the test runs', () => {
    const { log, clock, live } = shown();
    live.add('one');
    expect(log.entries).toEqual([{ kind: 'relay', text: 'title', lines: ['one'] }]);
    live.add('two');
    expect(log.entries).toHaveLength(1);
    clock.pass(1000);
    live.add('three');
    expect(log.entries[1]?.lines).toEqual(['two', 'three']);
  });

  it('comes in batches where there is much, and whole at the end', () => {
    const { log, live } = shown();
    for (let at = 0; at < 250; at++) live.add(`${at}`);
    live.end(false);
    expect(log.entries.map(({ lines = [] }) => lines.length)).toEqual([1, 100, 100, 49]);
  });

  it.each([
    [true, 200, 'line 2999'],
    [false, 1, '… 1000 lines are in the log of the test alone'],
  ])('of a flood that failed (%p) is the beginning and %p lines of the end', (hasFailed, more, last) => {
    const { log, live } = shown();
    for (let at = 0; at < 3000; at++) live.add(`line ${at}`);
    live.end(hasFailed);
    const lines = log.entries.flatMap((entry) => entry.lines ?? []);
    expect(lines).toHaveLength(2000 + more);
    expect(lines.at(-1)).toBe(last);
    if (hasFailed) expect(lines[2000]).toBe('… 801 lines are in the log of the test alone');
  });

  it('has lines that are no longer than a person reads', () => {
    const { log, live } = shown();
    live.add('x'.repeat(60_000));
    expect(log.entries[0]?.lines?.[0]).toHaveLength(2001);
  });
});
