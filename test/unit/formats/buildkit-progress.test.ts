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

  it('counts a step from a cache as cached, also when its layer is unpacked afterwards', () => {
    expect(read(steps(cached(1)), steps(started(1)), steps(done(1))).counts()).toEqual({ cached: 1, executed: 0 });
  });

  it('counts nothing that BuildKit does for itself', () => {
    const names = [
      '[internal] load metadata',
      '[linux/amd64 internal] x',
      '[context base] y',
      '[linux/arm64 context b] z',
    ];
    const own = names.map((name, at) => vertex(at, { name, started: now, completed: now }));
    expect(read(steps(...own, done(9))).counts()).toEqual({ cached: 0, executed: 1 });
  });

  it('shows of a failure the step, the end of its log and its error', () => {
    const progress = read(log(2, 'one\r\ntwo\n'), log(1, 'other\n'), steps(done(1)), steps(failed(2, 'exit code: 7')));
    expect(progress.failure()).toEqual({
      step: '[2/3] RUN step 2',
      line: undefined,
      lines: ['one', 'two', 'exit code: 7'],
    });
  });

  it.each([['rpc error: context canceled'], ['Cancelled']])('passes over neighbours that end with %p', (error) => {
    expect(read(steps(failed(1, error)), steps(failed(2, 'exit code: 1'))).failure().step).toBe('[2/3] RUN step 2');
  });

  it('shows what buildx itself said where no step failed', () => {
    expect(read(steps(done(1)), 'ERROR: no builder "x" found', '').failure()).toEqual({
      step: undefined,
      line: undefined,
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

  it('of a step is not hidden by a cache that could not be read before it', () => {
    const importing = { ...failed(1, 'not found'), name: 'importing cache manifest from r.test/c:app' };
    expect(read(steps(importing, failed(2, 'exit code: 1'))).failure().lines).toEqual(['exit code: 1']);
  });
});

describe('where a build failed', () => {
  const excerpt = (head: string) => [head, '--------------------', '   2 | >>> RUN exit 7', '--------------------'];

  it('is the line at the head of the excerpt of buildx', () => {
    expect(read(steps(failed(2, 'exit code: 7')), ...excerpt('Dockerfile.cpu:12'), 'ERROR: x').failure().line).toBe(12);
  });

  it('is the last one, where the words of others look like one before', () => {
    expect(read(...excerpt('Dockerfile:3'), ...excerpt('Dockerfile:12')).failure().line).toBe(12);
  });

  it.each([['Dockerfile'], ['Dockerfile:0'], ['Dockerfile:12 x'], ['Dockerfile:99999999999']])(
    'is not known from %p',
    (head) => {
      expect(read(...excerpt(head)).failure().line).toBeUndefined();
    },
  );

  it('is not taken from what a step prints', () => {
    const said = log(1, excerpt('Dockerfile:3').join('\n'));
    expect(read(said, steps(failed(1, 'exit code: 7'))).failure().line).toBeUndefined();
  });
});

describe('the checks of a build', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const warning = (line: number, text: string, more: object = {}) => {
    const range = [{ start: { line }, end: { line } }];
    return { vertex: 'sha256:1', level: 1, short: base64(text), url: 'https://docs.test/rule', range, ...more };
  };

  it('are told with their line, each once', () => {
    const two = [warning(1, "FromAsCasing: 'as' is small (line 1)"), warning(3, 'Other: grün')];
    expect(read(JSON.stringify({ warnings: two }), JSON.stringify({ warnings: two })).warnings()).toEqual([
      { text: "FromAsCasing: 'as' is small", url: 'https://docs.test/rule', line: 1 },
      { text: 'Other: grün', url: 'https://docs.test/rule', line: 3 },
    ]);
  });

  it('that name no line are told all the same', () => {
    const line = JSON.stringify({ warnings: [warning(0, 'Odd', { range: null, url: undefined })] });
    expect(read(line).warnings()).toEqual([{ text: 'Odd', url: '', line: undefined }]);
  });

  it('are read from a line that came in pieces, and nothing of the pieces is shown', () => {
    const line = JSON.stringify({ warnings: [warning(2, 'Long', { sourceInfo: { data: 'x'.repeat(200_000) } })] });
    const pieces = line.match(/.{1,65536}/g) ?? [];
    const progress = read(...pieces, 'ERROR: the end');
    expect(progress.warnings()).toEqual([{ text: 'Long', url: 'https://docs.test/rule', line: 2 }]);
    expect(progress.failure().lines).toEqual(['ERROR: the end']);
  });

  it('that never end keep no more than a few mebibytes', () => {
    const piece = `{"${'x'.repeat(65_000)}`;
    const progress = read(...Array.from({ length: 300 }, () => piece), steps(failed(1, 'broken')));
    expect(progress.failure().step).toBe('[1/3] RUN step 1');
  });
});

describe('the caches of a build', () => {
  it('that could not be read or written are told, with the reason', () => {
    const importing = { ...failed(1, 'not found'), name: 'importing cache manifest from r.test/c:app' };
    const exporting = { ...failed(2, 'denied'), name: 'exporting cache to registry' };
    expect(read(steps(importing, exporting, failed(3, 'exit code: 1'))).caches()).toEqual([
      { kind: 'read', place: 'r.test/c:app', problem: 'not found' },
      { kind: 'write', place: 'registry', problem: 'denied' },
    ]);
  });

  it('that were read and written are told without one', () => {
    const importing = { ...done(1), name: 'importing cache manifest from r.test/c:app' };
    const exporting = { ...done(2), name: 'exporting cache to registry' };
    expect(read(steps(importing, exporting)).caches()).toEqual([
      { kind: 'read', place: 'r.test/c:app', problem: null },
      { kind: 'write', place: 'registry', problem: null },
    ]);
  });

  it('that are still looked for are not told', () => {
    const importing = { ...started(1), name: 'importing cache manifest from r.test/c:app' };
    expect(read(steps(importing)).caches()).toEqual([]);
  });
});
