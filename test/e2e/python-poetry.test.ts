import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { docker, type Lab, requireLab } from '../support/lab.ts';
import { withSimpleIndex } from '../support/poetry-index.ts';
import { ensurePythonBase } from '../support/python-base.ts';
import { failuresOf, resultsOf, stepsOf } from '../support/runner.ts';
import { type Moment, openRunnerExample, type RunnerExample } from '../support/runner-example.ts';
import { recordBeside } from '../support/runner-registry.ts';

// On a machine that has none of it yet, a Debian with Python is made first, and poetry is installed once.
const LIMIT_MS = 900_000;

jest.setTimeout(LIMIT_MS);

/** The services of the compose file; of the stages of the Dockerfile, `app-pre` is none of them. */
const keys = ['app', 'app-dev', 'builder'];
const imageOf = (key: string): string => `poem-${key}`;

let lab: Lab;
let poetry: RunnerExample;
let pushed: Moment;

beforeAll(async () => {
  lab = requireLab();
  await ensurePythonBase(lab);
  poetry = await openRunnerExample(lab, { name: 'python-poetry', registry: 'ghcr.io/org/poem' });
  const read = (file: string): Promise<string> => readFile(path.join(poetry.folder, file), 'utf8');
  const { pyproject, lock } = await withSimpleIndex({
    pyproject: await read('pyproject.toml'),
    lock: await read('poetry.lock'),
  });
  await poetry.commit({ 'pyproject.toml': pyproject, 'poetry.lock': lock });
  pushed = await poetry.happen({ event: 'push', payload: { ref: 'refs/heads/main' } });
}, LIMIT_MS);

afterAll(async () => {
  await poetry[Symbol.asyncDispose]();
}, LIMIT_MS);

/** What the registry has under a tag, by key. */
const digests = (tag: string): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(keys.map((key) => [key, pushed.tags[`${imageOf(key)}:${tag}`]]));

const pinned = (key: string): string => `${poetry.prefix}/${imageOf(key)}@${digests('main')[key]}`;

/** Compose as its users have it, in a project of our own, with images as they were published. */
async function openCompose() {
  // In a folder of git, so that it is no file of the repository.
  const override = path.join(poetry.folder, '.git/published.yaml');
  const images = keys.map((key) => [key, { image: pinned(key) }]);
  await writeFile(override, stringify({ services: Object.fromEntries(images) }));
  const project = path.basename(poetry.folder).toLowerCase();
  const files = ['--file', path.join(poetry.folder, 'compose.yaml'), '--file', override];
  const compose = (...words: readonly string[]): Promise<string> =>
    docker(lab, 'compose', '--project-name', project, ...files, ...words);
  return {
    compose,
    async [Symbol.asyncDispose]() {
      await compose('down', '--volumes', '--timeout', '0', '--rmi', 'all');
    },
  };
}

describe('python-poetry', () => {
  it('has the services of its compose file built, tested and published, what was tested and nothing else', () => {
    const { run, tags, written } = pushed;
    expect(failuresOf(run)).toEqual([]);
    const green = ['plan', ...keys, 'verify', 'publish', 'release'].map((job) => [job, 'success']);
    expect([run.exitCode, resultsOf(run)]).toEqual([0, Object.fromEntries(green)]);
    // The compose file gives its images the tag latest, and the branch gives them its own.
    const images = keys.flatMap((key) => [`${imageOf(key)}:latest`, `${imageOf(key)}:main`]);
    const caches = keys.map((key) => `slipway-cache:${key}`);
    expect(written).toEqual({ tags: images.toSorted(), caches, contents: keys.map(imageOf), removed: [] });
    expect(Object.keys(tags)).toEqual([...images, ...caches]);
    const tested = stepsOf(run, 'build-test').map(({ job, outputs }) => [job, outputs.digest]);
    expect(digests('main')).toEqual(Object.fromEntries(tested));
    expect(digests('latest')).toEqual(Object.fromEntries(tested));
  });

  it('starts the service that waits with sleep infinity, which was tested by that, and none that is there to be built', async () => {
    const stayed = keys.map(async (key) => {
      const name = imageOf(key);
      const { tests } = await recordBeside(lab, `${poetry.prefix}/${name}`, digests('main')[key] ?? 'nothing');
      const kinds = tests.map(({ kind, state }) => `${kind} ${state}`);
      return [key, [...new Set(kinds)].sort()];
    });
    expect(Object.fromEntries(await Promise.all(stayed))).toEqual({
      app: ['expect passed', 'run passed'],
      'app-dev': ['run passed', 'up passed'],
      builder: ['run passed'],
    });
    await using project = await openCompose();
    await project.compose('up', '--detach', '--no-build', '--quiet-pull');
    expect(await project.compose('ps', '--all', '--format', '{{.Service}} {{.State}}')).toBe('app-dev running');
    const started = await docker(lab, 'inspect', '--format', '{{.Image}}', await project.compose('ps', '--quiet'));
    expect(started).toBe(await docker(lab, 'image', 'inspect', '--format', '{{.Id}}', pinned('app-dev')));
  });
});
