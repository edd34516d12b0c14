import { describe, expect, it } from '@jest/globals';
import { pairSteps, readSteps } from '../../../src/formats/dockerfile-steps.ts';
import { readHistory } from '../../../src/formats/image-history.ts';
import { OciConfig } from '../../../src/formats/oci.ts';
import { dockerfileIn } from '../../../src/formats/provenance.ts';

function configOf(
  history: readonly (string | { readonly created_by: string; readonly empty_layer?: boolean })[],
  layers: number,
) {
  return OciConfig.parse({
    os: 'linux',
    architecture: 'amd64',
    rootfs: {
      type: 'layers',
      diff_ids: Array.from({ length: layers }, (_, at) => `sha256:${String(at).padStart(64, '0')}`),
    },
    history: history.map((one) => (typeof one === 'string' ? { created_by: one } : one)),
  });
}

const quiet = (created_by: string) => ({ created_by, empty_layer: true });

/** The lines of the history of an image, as a Dockerfile says them. */
function linesOf(text: string, history: Parameters<typeof configOf>[0], target: string | null = null) {
  const layers = history.filter((one) => typeof one === 'string').length;
  const steps = readHistory(configOf(history, layers));
  const read = readSteps({ text, file: 'Dockerfile', target, buildArgs: {} }, 'linux/amd64');
  const pairs = steps && read && pairSteps(steps, read);
  return pairs && [...pairs].map(([at, { line }]) => [at, line]);
}

describe('the lines of a history', () => {
  const text =
    'FROM debian AS one\nENV A=1\nRUN make one\nFROM one AS two\nCOPY --chmod=755 a /a\nFROM debian\nRUN [ "make", "three" ]\n';

  it('are those of the stage, and of the stages below it', () => {
    const history = ['base', quiet('ENV A=1'), 'RUN /bin/sh -c make one # buildkit', 'COPY a /a # buildkit'];
    expect(linesOf(text, history, 'two')).toEqual([
      [1, 2],
      [2, 3],
      [3, 5],
    ]);
    expect(linesOf(text, ['base', 'RUN make three # buildkit'])).toEqual([[1, 7]]);
  });

  it('are those of the old builder too', () => {
    const old = [
      'base',
      quiet('/bin/sh -c #(nop)  ENV A=1'),
      '/bin/sh -c make one',
      '/bin/sh -c #(nop) COPY file:abc in /a ',
    ];
    expect(linesOf(text, old, 'two')).toEqual([
      [1, 2],
      [2, 3],
      [3, 5],
    ]);
  });

  it.each([
    ['another command was run', ['base', 'RUN /bin/sh -c make four # buildkit']],
    ['another instruction was there', ['base', 'COPY x /x # buildkit']],
    ['something was committed on top', ['base', 'RUN /bin/sh -c make three # buildkit', '/bin/bash']],
    ['the image has fewer steps', []],
  ])('are unknown, and not guessed, where %s', (_, history) => {
    expect(linesOf(text, history)).toBeUndefined();
  });

  it('are unknown where a COPY stands for what was a RUN', () => {
    expect(linesOf('FROM a\nCOPY x /x\n', ['base', 'RUN /bin/sh -c cp x /x # buildkit'])).toBeUndefined();
  });

  it('are unknown where the history does not account for every layer', () => {
    expect(readHistory(configOf(['a'], 2))).toBeUndefined();
    expect(readHistory(configOf([], 1))).toBeUndefined();
  });

  it('are unknown where a stage put something off, where there is no such stage, and where it is no Dockerfile', () => {
    const read = (its: string, target: string | null) =>
      readSteps({ text: its, file: 'f', target, buildArgs: {} }, 'linux/amd64');
    expect(read('FROM a AS one\nONBUILD RUN x\nFROM one\nRUN y\n', null)).toBeUndefined();
    expect(read(text, 'nowhere')).toBeUndefined();
    expect(read('FROM $NOTHING\n', null)).toBeUndefined();
  });

  it('tell a file of the context from one of elsewhere', () => {
    const copies =
      'FROM a\nCOPY x /\nCOPY --from=b x /\nADD https://example.com/x /\nADD x.tar /\nCOPY <<EOF /x\nhi\nEOF\n';
    const { steps = [] } = readSteps({ text: copies, file: 'f', target: null, buildArgs: {} }, 'linux/amd64') ?? {};
    expect(steps.map(({ isFromContext }) => isFromContext)).toEqual([true, false, false, true, false]);
  });
});

describe('the history of an image', () => {
  it('shows arguments and no secrets', () => {
    const [step] = readHistory(configOf(['RUN |2 API_TOKEN=abc DAY=1 /bin/sh -c make # buildkit'], 1)) ?? [];
    expect(step).toMatchObject({ text: 'RUN make', keyword: 'RUN', builder: 'buildkit', layer: 0 });
    expect(JSON.stringify(readHistory(configOf(['ENV API_TOKEN=abc # buildkit'], 1))?.map(({ text }) => text))).toBe(
      '["ENV API_TOKEN=***"]',
    );
  });
});

describe('the Dockerfile in a provenance', () => {
  const data = Buffer.from('FROM scratch\n').toString('base64');
  const source = { infos: [{ filename: 'a/Dockerfile', language: 'Dockerfile', data }] };
  const args = { target: 'app', 'build-arg:X': '1', source: 'docker.io/docker/dockerfile' };
  const expected = { text: 'FROM scratch\n', file: 'a/Dockerfile', target: 'app', buildArgs: { X: '1' } };

  it('is found in both versions', () => {
    const old = {
      predicate: {
        invocation: { parameters: { args } },
        metadata: { 'https://mobyproject.org/buildkit@v1#metadata': { source } },
      },
    };
    const now = {
      predicate: {
        buildDefinition: { externalParameters: { request: { args } } },
        runDetails: { metadata: { buildkit_metadata: { source } } },
      },
    };
    expect([old, now].map((one) => dockerfileIn(JSON.stringify(one)))).toEqual([expected, expected]);
  });

  it.each(['{', '{}', '{"predicate":{}}', '[]'])('is not found in %s', (text) => {
    expect(dockerfileIn(text)).toBeUndefined();
  });
});
