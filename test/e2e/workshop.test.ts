import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { docker, type Lab, requireLab } from '../support/lab.ts';
import { ensurePythonBase } from '../support/python-base.ts';
import { failuresOf, resultsOf } from '../support/runner.ts';
import {
  type Happening,
  inTurn,
  onlyChanged,
  openRunnerExample,
  type RunnerExample,
} from '../support/runner-example.ts';

// On a machine that has none of it yet, a Debian with Python is made first, and poetry is installed once.
const LIMIT_MS = 900_000;

jest.setTimeout(LIMIT_MS);

const keys = ['baby-steps', 'basic-python', 'greeter'];
const green = (...jobs: readonly string[]) => Object.fromEntries(jobs.map((job) => [job, 'success']));
const publishing = green('verify', 'publish', 'release');
const pushTo = (branch: string): Happening => ({ event: 'push', payload: { ref: `refs/heads/${branch}` } });
const program = 'greeter/src/greeter/cli.py';

let lab: Lab;
let workshop: RunnerExample;

beforeAll(async () => {
  lab = requireLab();
  await ensurePythonBase(lab);
  workshop = await openRunnerExample(lab, { name: 'workshop', registry: 'ghcr.io/org/workshop' });
}, LIMIT_MS);

afterAll(async () => {
  await compose('down', '--volumes', '--rmi', 'all');
  await workshop[Symbol.asyncDispose]();
}, LIMIT_MS);

/** Compose as its users have it, in a project of our own. */
async function compose(...words: readonly string[]): Promise<string> {
  const project = path.basename(workshop.folder).toLowerCase();
  const file = path.join(workshop.folder, 'compose.yaml');
  return docker(lab, 'compose', '--project-name', project, '--file', file, ...words);
}

const runService = (...words: readonly string[]): Promise<string> => compose('run', '--rm', '--no-TTY', ...words);

const pushed = inTurn(undefined, () => workshop.happen(pushTo('main')));
const branched = inTurn(pushed, async () => {
  await workshop.git('checkout', '--quiet', '-b', 'topic');
  const text = await readFile(path.join(workshop.folder, program), 'utf8');
  await workshop.commit({ [program]: `${text}\n\n# Nobody can tell from outside that this was added.\n` });
  return workshop.happen(pushTo('topic'));
});

describe('workshop', () => {
  it('has each service of its compose file built, tested and published by the name of the branch', async () => {
    const { run, tags, written } = await pushed();
    expect(failuresOf(run)).toEqual([]);
    expect(resultsOf(run)).toEqual({ ...green('plan', ...keys), ...publishing });
    const images = keys.map((key) => `${key}:main`);
    const caches = keys.map((key) => `slipway-cache:${key}`);
    expect(written).toEqual({ tags: images, caches, contents: keys, removed: [] });
    expect(Object.keys(tags)).toEqual([...images, ...caches]);
  });

  it('is run by docker compose from the very images that were published, and the greeter greets', async () => {
    const { tags } = await pushed();
    await compose('pull', '--quiet');
    expect(await runService('greeter')).toBe('Greetings from the slip, stranger!');
    expect(await runService('greeter', 'greeter-cli', 'Ada')).toBe('Greetings from the slip, Ada!');
    expect(await runService('baby-steps')).toContain('| hello from a container |');
    expect(await runService('basic-python')).toContain('hello from Python');
    for (const key of keys) {
      const image = `${workshop.prefix}/${key}`;
      const digests = await docker(lab, 'image', 'inspect', '--format', '{{join .RepoDigests " "}}', `${image}:main`);
      expect(digests).toBe(`${image}@${tags[`${key}:main`]}`);
    }
  });

  it('has on another branch the tag of that branch, and only what changed there is built', async () => {
    const [before, after] = [await pushed(), await branched()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan', 'greeter'), ...publishing });
    const caches = ['slipway-cache:greeter..topic'];
    const images = keys.map((key) => `${key}:topic`);
    expect(after.written).toEqual({ tags: images, caches, contents: ['greeter'], removed: [] });
    expect(after.tags).toEqual(onlyChanged(before, after, [...images, ...caches]));
    const changed = keys.filter((key) => after.tags[`${key}:topic`] !== before.tags[`${key}:main`]);
    expect(changed).toEqual(['greeter']);
  });
});
