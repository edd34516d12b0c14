import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ImageDifference } from '../../src/domain/explain/difference.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { crane, labEnv, requireLab, requireRemoteBuilder } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const run = promisify(execFile);
const lab = requireLab();
const remote = requireRemoteBuilder(lab);

/** Written so that each line is an instruction or none, and easy to count. */
const dockerfileOf = (id: string): string => `# explained
FROM busybox:1.36 AS tools
RUN echo tool ${id} > /tool
FROM busybox:1.36
ARG STAMP=none
RUN echo ${id} > /id
WORKDIR /app
COPY --from=tools /tool /bin/tool
COPY src/ /app/
RUN echo "$STAMP" > /stamp && \\
    mkdir -p /usr/lib/python3/site-packages
RUN touch /touched
LABEL run=1
`;

type ContextFiles = { readonly Dockerfile?: (text: string) => string; readonly [file: `src/${string}`]: string };

describe('slipway explain', () => {
  let desk: Desk;
  let folder: string;
  /** What the cache of the builder knows of it comes from here alone. */
  let dockerfile: string;

  /** Builds into a store, with what is written into the folder first. */
  async function build(name: string, files: ContextFiles = {}, ...words: readonly string[]) {
    const { Dockerfile: change = (text: string) => text, ...more } = files;
    const all = { Dockerfile: change(dockerfile), 'src/a.txt': 'one\n', 'src/run.sh': '#!/bin/sh\n', ...more };
    const context = path.join(folder, `context-${name}`);
    for (const [file, text] of Object.entries(all)) {
      await mkdir(path.dirname(path.join(context, file)), { recursive: true });
      await writeFile(path.join(context, file), text);
      await chmod(path.join(context, file), file === 'src/run.sh' && words.includes('--executable') ? 0o755 : 0o644);
    }
    const store = path.join(folder, name);
    const own = words.filter((word) => word !== '--executable');
    const builder = own.includes('--builder') ? [] : ['--builder', remote];
    const args = [
      'buildx',
      'build',
      ...builder,
      ...own,
      '--provenance',
      'mode=max',
      '--output',
      `type=oci,tar=false,dest=${store}`,
      context,
    ];
    await run(lab.tools.docker, args, { env: labEnv(lab) });
    return store;
  }

  async function explained(a: string, b: string): Promise<ImageDifference> {
    const { stdout, stderr, exitCode } = await desk.slipway('explain', a, b, '--json');
    expect([exitCode, stderr]).toEqual([0, '']);
    return ImageDifference.parse(JSON.parse(stdout));
  }

  let first: string;

  beforeAll(async () => {
    desk = await openDesk(lab);
    dockerfile = dockerfileOf(desk.id);
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-explain-'));
    first = await build('first');
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'finds nothing between two builds from the cache, though their provenance differs',
    async () => {
      const again = await build('again');
      expect(await explained(first, again)).toEqual({ same: true, layers: [], config: [], cause: null });
    },
    LIMIT_MS,
  );

  it.each([
    {
      cause: 'other content in the context',
      name: 'content',
      words: [],
      files: { 'src/a.txt': 'two\n' },
      layer: {
        line: 9,
        instruction: 'COPY src/ /app/',
        paths: expect.arrayContaining([{ path: 'app/a.txt', change: expect.stringMatching(/^content/) }]),
      },
      found: 'context: COPY src/ /app/ differs in ',
    },
    {
      cause: 'another mode in the context',
      name: 'mode',
      words: ['--executable'],
      files: {},
      layer: {
        line: 9,
        paths: expect.arrayContaining([{ path: 'app/run.sh', change: expect.stringMatching(/^mode 644 -> 755/) }]),
      },
      found: 'context: COPY src/ /app/ differs in ',
    },
    {
      cause: 'a new file in the context',
      name: 'file',
      words: [],
      files: { 'src/_version.py': '1\n' },
      layer: { line: 9, paths: expect.arrayContaining([{ path: 'app/_version.py', change: 'added (file)' }]) },
      found: 'context: COPY src/ /app/ differs in ',
    },
    {
      cause: 'another build argument',
      name: 'arg',
      words: ['--build-arg', 'STAMP=today'],
      files: {},
      layer: { line: 6 },
      found: 'instruction: it was "ARG STAMP=none", and is "ARG STAMP=today"',
    },
    {
      cause: 'another instruction',
      name: 'instruction',
      words: [],
      files: { Dockerfile: (text: string) => text.replace('touch /touched', 'touch /other') },
      layer: { line: 12, instruction: 'RUN touch /touched (with STAMP=none)' },
      found: 'instruction: it was "RUN touch /touched (with STAMP=none)", and is "RUN touch /other',
    },
    {
      cause: 'one more instruction',
      name: 'more',
      words: [],
      files: { Dockerfile: (text: string) => text.replace('LABEL', 'RUN touch /more\nLABEL') },
      layer: { line: 13, instruction: 'RUN touch /more (with STAMP=none)', size: { a: null, b: expect.any(Number) } },
      found: 'instruction: only the second has "RUN touch /more (with STAMP=none)"',
    },
    {
      cause: 'another stage',
      name: 'stage',
      words: [],
      files: { Dockerfile: (text: string) => text.replace('echo tool', 'echo another') },
      layer: { line: 8, instruction: 'COPY /tool /bin/tool' },
      found: null,
    },
  ])(
    'of a change of $cause tells layer, line and cause',
    async ({ name, words, files, layer, found }) => {
      const { layers, cause } = await explained(first, await build(name, files, ...words));
      expect(layers[0]).toMatchObject(layer);
      if (found === null) expect(cause).toBeNull();
      else expect(cause).toEqual(expect.stringContaining(found));
    },
    LIMIT_MS,
  );

  it(
    'of another label tells the key, and compares across places',
    async () => {
      const reference = `${lab.registry}/${desk.id}/explained:label`;
      const label = await build('label', {}, '--label', 'run=2');
      expect((await desk.slipway('copy', label, reference)).exitCode).toBe(0);
      const { layers, config, cause } = await explained(first, reference);
      expect([layers, config]).toEqual([[], [{ platform: 'linux/amd64', key: 'config.Labels.run', a: '1', b: '2' }]]);
      expect(cause).toMatch(
        /^config: the layers are equal, and only the config differs: config\.Labels\.run \(1 -> 2\)/,
      );

      const digest = await crane(lab, 'digest', reference);
      const verified = await desk.slipway('verify', reference, '--expected', digest);
      expect([verified.exitCode, verified.stdout]).toEqual([0, `match: ${reference} is ${digest}\n`]);
      const wrong = `sha256:${'0'.repeat(64)}`;
      const refused = await desk.slipway('verify', reference, '--expected', wrong, '--json');
      expect([refused.exitCode, JSON.parse(refused.stdout)]).toEqual([
        1,
        expect.objectContaining({ state: 'mismatch', found: digest }),
      ]);
    },
    LIMIT_MS,
  );

  it(
    'says it in words for people, with the engine as one of the places',
    async () => {
      const name = `slipway-explain-${desk.id}:1`;
      expect((await desk.slipway('copy', first, `engine:${name}`)).exitCode).toBe(0);
      try {
        const { stdout, stderr } = await desk.slipway('explain', path.join(folder, 'content'), `engine:${name}`);
        expect(stderr).toBe('');
        expect(stdout).toMatch(/^they differ\ncause: context: COPY src\/ \/app\//);
        expect(stdout).toMatch(/\nlayer 4: COPY src\/ \/app\/\n {2}line 9 of the Dockerfile; /);
      } finally {
        await run(lab.tools.docker, ['image', 'rm', '--force', name], { env: labEnv(lab) });
      }
    },
    LIMIT_MS,
  );

  it(
    'of a build anew tells that only times differ',
    async () => {
      // The last one here: the cache holds its layers from now on.
      const { layers, cause } = await explained(first, await build('times', {}, '--no-cache'));
      expect(layers[0]).toMatchObject({ line: 6, instruction: expect.stringMatching(/^RUN echo /) });
      expect(cause).toMatch(/^timestamps: /);
    },
    LIMIT_MS,
  );
});
