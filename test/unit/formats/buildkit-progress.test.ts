import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BuildProgress } from '../../../src/formats/buildkit-progress.ts';

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

const now = '2026-01-02T03:04:05Z';
const vertex = (at: number, more: Partial<Vertex> = {}): Vertex => {
  return { digest: `sha256:${at}`, name: `[${at}/3] RUN step ${at}`, ...more };
};
const started = (at: number) => vertex(at, { started: now });
const done = (at: number) => vertex(at, { started: now, completed: now });
const cached = (at: number) => vertex(at, { started: now, completed: now, cached: true });
const failed = (at: number, error: string) => vertex(at, { started: now, completed: now, error });
const steps = (...vertexes: readonly Vertex[]) => JSON.stringify({ vertexes });
const log = (at: number, text: string) =>
  JSON.stringify({ logs: [{ vertex: `sha256:${at}`, stream: 1, data: Buffer.from(text).toString('base64') }] });

function read(...lines: readonly string[]): BuildProgress {
  const progress = new BuildProgress();
  for (const line of lines) progress.read(line);
  return progress;
}

describe('the progress of a build', () => {
  it('tells every change of a step once', () => {
    const progress = new BuildProgress();
    const told = [steps(vertex(1)), steps(started(1)), steps(started(1)), steps(done(1)), steps(done(1))].map((line) =>
      progress.read(line).map(({ state }) => state),
    );
    expect(told).toEqual([[], ['started'], [], ['done'], []]);
  });

  it('counts the steps of Dockerfiles that were cached and those that ran', () => {
    const internal = { ...done(9), name: '[internal] load build definition' };
    const exporting = { ...done(8), name: 'exporting to oci image format' };
    const named = { ...cached(7), name: '[builder 1/2] FROM alpine' };
    expect(read(steps(internal, exporting, named, cached(1)), steps(done(2))).counts()).toEqual({
      cached: 2,
      executed: 1,
    });
  });

  it('shows of a failure the step, the end of its log and its error', () => {
    const progress = read(log(2, 'one\r\ntwo\n'), log(1, 'other\n'), steps(done(1)), steps(failed(2, 'exit code: 7')));
    expect(progress.failure()).toEqual({ step: '[2/3] RUN step 2', lines: ['one', 'two', 'exit code: 7'] });
  });

  it.each([['rpc error: context canceled'], ['Cancelled']])('passes over neighbours that end with %p', (error) => {
    expect(read(steps(failed(1, error)), steps(failed(2, 'exit code: 1'))).failure().step).toBe('[2/3] RUN step 2');
  });

  it('shows what buildx itself said where no step failed', () => {
    expect(read(steps(done(1)), 'ERROR: no builder "x" found', '').failure()).toEqual({
      step: undefined,
      lines: ['ERROR: no builder "x" found'],
    });
  });

  it('keeps the last forty lines of a long log', () => {
    const text = Array.from({ length: 500 }, (_, at) => `line ${at}`).join('\n');
    const { lines } = read(log(1, text), steps(failed(1, 'broken'))).failure();
    expect([lines.length, lines[0], lines[39], lines[40]]).toEqual([41, 'line 460', 'line 499', 'broken']);
  });

  it('cuts a line that is too long', () => {
    const { lines } = read(log(1, 'x'.repeat(5000)), steps(failed(1, 'broken'))).failure();
    expect(lines[0]).toHaveLength(2000);
  });

  it('reads a log as UTF-8', () => {
    expect(read(log(1, 'grün ✓'), steps(failed(1, 'x'))).failure().lines).toEqual(['grün ✓', 'x']);
  });

  it('takes a log without data for an empty one', () => {
    const empty = JSON.stringify({ logs: [{ vertex: 'sha256:1' }] });
    expect(read(empty, steps(failed(1, 'x'))).failure().lines).toEqual(['x']);
  });

  it.each([['{'], ['{"vertexes": 7}'], ['{"vertexes":[{"name":1}]}'], ['WARN: {"vertexes":[]}']])(
    'keeps %p as it is',
    (line) => {
      expect(read(line).failure().lines).toEqual([line]);
    },
  );

  it('is broken by no line at all', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
        expect(read(...lines).counts()).toEqual({ cached: 0, executed: 0 });
      }),
    );
  });
});
