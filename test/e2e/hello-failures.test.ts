import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { docker, type Lab, requireLab } from '../support/lab.ts';
import { failuresOf, jobOf, openRunner, type Run, type Runner, resultsOf, stepsOf } from '../support/runner.ts';
import { type Hello, keys, openHello, versionTag } from '../support/runner-hello.ts';
import { withoutGreenJobs } from '../support/runner-rerun.ts';

const LIMIT_MS = 900_000;
const noTags = { base: [], clock: [], greeter: [] };

let lab: Lab;
let runner: Runner;

beforeAll(async () => {
  lab = requireLab();
  runner = await openRunner(lab);
}, LIMIT_MS);

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
}, LIMIT_MS);

/** Something outside of every image that a test depends on, and that can be away. */
interface Neighbour extends AsyncDisposable {
  readonly url: string;
  isReady: boolean;
}

/** Serves it where containers reach this machine: at the gateway of the engine's own network. */
async function openNeighbour(): Promise<Neighbour> {
  const gateway = await docker(lab, 'network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}');
  const server: Server = createServer((_, response) => {
    response.writeHead(neighbour.isReady ? 200 : 503).end('here\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, gateway, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening server without a port');
  const neighbour: Neighbour = {
    url: `http://${gateway}:${address.port}/`,
    isReady: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return neighbour;
}

describe.each(['images.yml', 'steps.yml'] as const)('a failing test on a version tag, by %s', (workflow) => {
  let neighbour: Neighbour;
  let hello: Hello;
  let run: Run;

  beforeAll(async () => {
    neighbour = await openNeighbour();
    hello = await openHello(lab, (config) =>
      config.replace(`'greet Ada | grep -q "^Hello, Ada"'`, `'wget -q -O - ${neighbour.url} | grep -q here'`),
    );
    run = await runner.run({ folder: hello.folder, workflow: `.github/workflows/${workflow}`, ...versionTag });
  }, LIMIT_MS);

  afterAll(async () => {
    await hello[Symbol.asyncDispose]();
    await neighbour[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('makes its job and that of the gate red, and no other', () => {
    const gate = workflow === 'images.yml' ? 'verify' : 'release';
    expect(resultsOf(run)).toEqual({
      plan: 'success',
      base: 'success',
      clock: 'success',
      greeter: 'failure',
      [gate]: 'failure',
    });
    expect(run.exitCode).not.toBe(0);
  });

  it('says why in the summary of the red job and in its annotation', () => {
    const build = stepsOf(run, 'build-test').find((step) => step.job === 'greeter');
    expect(build?.summary).toContain('### Failed: 1 of 1');
    expect(build?.summary).toContain('it greets by name');
    expect(build?.errors.join('\n')).toMatch(/^test-failed: .*it greets by name/);
    expect(build?.outputs['test-result']).toBe('failed');
  });

  it('is named by the gate as the row that is missing, after which no tag is written', async () => {
    const [gate] = stepsOf(run, 'verify-digest');
    expect(gate?.errors).toEqual([expect.stringMatching(/^handoff-missing: 1 of the build jobs .*: greeter\n/)]);
    expect(gate?.summary).toContain('`handoff-missing`');
    for (const action of ['push', 'release-latest']) {
      expect(stepsOf(run, action).filter((step) => step.outcome !== 'skipped')).toEqual([]);
    }
    expect(await hello.tags()).toEqual(noTags);
  });

  it('lets the neighbour be built and tested', () => {
    const build = stepsOf(run, 'build-test').find((step) => step.job === 'clock');
    expect(build?.summary).toContain('### Built and tested: 1');
  });

  it('keeps what it built of the red image, so that the same bytes can be tested again', async () => {
    const kept = Object.keys(await runner.artifacts(run)).filter((name) => name.startsWith('slipway-store-'));
    expect(kept).toEqual(['slipway-store-greeter']);
  });

  it(
    'releases the set when the failed jobs alone are run again and pass',
    async () => {
      neighbour.isReady = true;
      const again = await runner.run({ folder: hello.folder, ...versionTag, again: run, ...(await failedOf(run)) });
      expect(failuresOf(again)).toEqual([]);
      expect(again).toMatchObject({ id: run.id, attempt: 2, exitCode: 0 });
      expect(stepsOf(again, 'build-test').map((step) => step.job)).toEqual(['greeter']);
      expect(stepsOf(again, 'matrix-generate')).toEqual([]);
      expect(
        [...stepsOf(again, 'push'), ...stepsOf(again, 'release-latest')].map((step) => step.outputs.state),
      ).toEqual(['released', 'released']);
      const tags = ['1', '1.0', '1.0.0', 'latest'];
      expect(await hello.tags()).toEqual({ base: tags, clock: tags, greeter: tags });
      const built = [...stepsOf(run, 'build-test'), ...stepsOf(again, 'build-test')];
      for (const key of keys) {
        const proven = built.filter((step) => step.job === key && step.outcome === 'success');
        expect(proven.map((step) => step.outputs.digest)).toEqual([await hello.digest(key, 'latest')]);
      }
    },
    LIMIT_MS,
  );

  /** The workflow again with what was green left out; the reusable one is replaced where it is published. */
  async function failedOf(first: Run): Promise<{ workflow: string; suite?: Record<string, string> }> {
    if (workflow === 'images.yml') {
      const file = '.github/workflows/images.yml';
      const text = withoutGreenJobs(await readFile(path.join(root, file), 'utf8'), first.jobs);
      return { workflow: file, suite: { [file]: text } };
    }
    const text = await readFile(path.join(hello.folder, '.github/workflows', workflow), 'utf8');
    // Git's own folder, so that the tree of the commit is what it was.
    await writeFile(path.join(hello.folder, '.git/again.yml'), withoutGreenJobs(text, first.jobs));
    return { workflow: '.git/again.yml' };
  }
});

describe('a failing test of a base', () => {
  let hello: Hello;
  let run: Run;

  beforeAll(async () => {
    hello = await openHello(lab, (config) => config.replace('= works', '= broken'));
    const call = 'images.yml@v1\n';
    await hello.desk.edit('.github/workflows/images.yml', (text) =>
      text.replace(call, `${call}    with:\n      keep-store-max: 0\n`),
    );
    await hello.desk.commit();
    run = await runner.run({ folder: hello.folder, workflow: '.github/workflows/images.yml', ...versionTag });
  }, LIMIT_MS);

  afterAll(async () => {
    await hello[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('makes the jobs of what is built on it red, which name it', () => {
    expect(resultsOf(run)).toEqual({
      plan: 'success',
      base: 'failure',
      clock: 'failure',
      greeter: 'failure',
      verify: 'failure',
    });
    for (const key of ['clock', 'greeter']) {
      const [build] = jobOf(run, key).steps.filter((step) => step.id === 'build');
      expect(build?.errors).toEqual([expect.stringMatching(/^handoff-missing: .*: base\n/)]);
      expect(build?.lines.filter((line) => line.includes(': build '))).toEqual([]);
    }
    expect(run.exitCode).not.toBe(0);
  });

  it('keeps nothing of it where the caller has set keep-store-max to 0', async () => {
    const kept = Object.keys(await runner.artifacts(run));
    expect(kept).toContain('slipway-plan');
    expect(kept.filter((name) => name.startsWith('slipway-store-'))).toEqual([]);
  });

  it('is named by the gate with all that is missing for it, and no image gets a tag', async () => {
    const [gate] = stepsOf(run, 'verify-digest');
    expect(gate?.errors).toEqual([
      expect.stringMatching(/^handoff-missing: 3 of the build jobs .*: base; (greeter; clock|clock; greeter)\n/),
    ]);
    expect(await hello.tags()).toEqual(noTags);
  });
});
