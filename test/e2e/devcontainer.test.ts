import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { crane, requireLab } from '../support/lab.ts';
import { withLibrary } from '../support/poetry-index.ts';
import { ensurePythonBase, pythonBase } from '../support/python-base.ts';
import {
  type Happened,
  openTeamRepository,
  type TeamRepository,
  type WorkflowName,
} from '../support/runner-devcontainer.ts';
import { type Happening, mainPush, pullRequest } from '../support/runner-hello.ts';

// On a machine that has none of it yet, a Debian with Python is made first, and poetry is installed once.
const LIMIT_MS = 900_000;
const lab = requireLab();
const library = {
  name: 'cowsay',
  version: '6.1',
  file: 'cowsay-6.1-py3-none-any.whl',
  hash: '274b1e6fc1b966d53976333eb90ac94cb07a450a700b455af9fbdf882244b30a',
};
const floating = 'orbit-devcontainer:latest';

let team: TeamRepository;
const done: Record<string, Happened> = {};

/** What became of a workflow that was run before. */
function happened(name: string): Happened {
  const found = done[name];
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
}

async function play(name: string, workflow: WorkflowName, happening: Happening): Promise<void> {
  done[name] = await team.run(workflow, happening);
}

beforeAll(async () => {
  await ensurePythonBase(lab);
  await crane(lab, 'tag', `${lab.mirror}/library/${pythonBase}`, '3.12-slim-bookworm');
  team = await openTeamRepository(lab);
  await play('first lint', 'lint', mainPush);
  await play('first tests', 'tests', mainPush);
  // A feature of the code alone.
  await team.edit('src/orbit/__init__.py', (text) => text.replace('How long', 'For how long'));
  await play('proposed feature', 'tests', pullRequest());
  await play('feature of a fork', 'tests', pullRequest('stranger/hello'));
  await play('merged feature', 'lint', mainPush);
  const { pyproject, lock } = await withLibrary(team.poetry, library);
  await team.write({
    'pyproject.toml': pyproject,
    'poetry.lock': lock,
    'tests/test_cow.py':
      'import cowsay\n\n\ndef test_a_cow_speaks() -> None:\n    assert "moo" in cowsay.get_output_string("cow", "moo")\n',
  });
  await play('proposed library', 'tests', pullRequest());
  await play('merged library', 'tests', mainPush);
  await team.edit('.devcontainer/devcontainer.json', (text) => text.replace('"true" }', '"true", "ORBIT": "low" }'));
  await play('proposed image', 'tests', pullRequest());
  await play('merged image', 'tests', mainPush);
}, LIMIT_MS);

afterAll(async () => {
  await team[Symbol.asyncDispose]();
}, LIMIT_MS);

const unchanged = [
  'first tests',
  'proposed feature',
  'feature of a fork',
  'merged feature',
  'proposed library',
  'merged library',
];

describe('a team with a dev container and two workflows', () => {
  it('sees every run end well', () => {
    expect(Object.entries(done).map(([name, { failures, run }]) => [name, failures, run.exitCode])).toEqual(
      Object.keys(done).map((name) => [name, [], 0]),
    );
  });

  it('publishes with the first push, by the content and as latest', () => {
    const { step, builds, uploads, writes, tags } = happened('first lint');
    const { tag = '', digest } = step.outputs;
    expect(step.outputs).toMatchObject({
      mode: 'build',
      pushed: 'true',
      'push-reason': 'filter',
      'latest-moved': 'true',
    });
    expect(builds).toBe(1);
    expect(uploads).toBeGreaterThan(0);
    expect(writes.flatMap((one) => /^PUT .*\/manifests\/(?!sha256)(.*)$/.exec(one)?.[1] ?? [])).toEqual([
      tag,
      'latest',
    ]);
    expect(tags).toEqual({ [`orbit-devcontainer:${tag}`]: digest, [floating]: digest });
  });

  it('shares image and packages between lint and tests', () => {
    const [lint, tests] = [happened('first lint').step.outputs, happened('first tests').step.outputs];
    expect(lint['venv-cache-hit']).toBe('miss');
    expect(tests).toMatchObject({ mode: 'reuse', 'venv-cache-hit': 'exact' });
    expect([tests.digest, tests['venv-key']]).toEqual([lint.digest, lint['venv-key']]);
    expect(happened('first tests').said).toMatch(/No dependencies to install or update/);
    expect(tests['command-output']).toContain('3 passed');
  });

  it.each(unchanged)(
    'builds nothing, uploads nothing and leaves latest alone where its dev container is the same: %s',
    (name) => {
      const { step, builds, uploads, writes, tags } = happened(name);
      expect(step.outputs).toMatchObject({ mode: 'reuse', pushed: 'false', 'latest-moved': 'false' });
      expect([builds, uploads, writes]).toEqual([0, 0, []]);
      expect(tags).toEqual(happened('first lint').tags);
    },
  );

  it('is told why nothing was pushed', () => {
    const reasons = unchanged.map((name) => [name, happened(name).step.outputs['push-reason']]);
    expect(Object.fromEntries(reasons)).toEqual({
      'first tests': 'exists',
      'proposed feature': 'event',
      'feature of a fork': 'event',
      'merged feature': 'exists',
      'proposed library': 'event',
      'merged library': 'exists',
    });
  });

  it('gets the packages of main in its pull requests', () => {
    for (const name of ['proposed feature', 'feature of a fork', 'merged feature']) {
      expect([name, happened(name).step.outputs['venv-cache-hit']]).toEqual([name, 'exact']);
    }
  });

  it('installs of a new library only what is new, and saves it under a key of its own', () => {
    const { step, said } = happened('proposed library');
    expect(step.outputs['venv-cache-hit']).toBe('partial');
    expect(said).toContain('Package operations: 1 install, 0 updates, 0 removals');
    expect(said).toContain('Installing cowsay (6.1)');
    expect(said).toContain(`the packages are saved as ${step.outputs['venv-key']}`);
    expect(step.outputs['venv-key']).not.toBe(happened('first lint').step.outputs['venv-key']);
    expect(step.outputs['command-output']).toContain('4 passed');
    expect(happened('merged library').step.outputs).toMatchObject({
      'venv-cache-hit': 'exact',
      'venv-key': step.outputs['venv-key'],
    });
  });

  it('builds another dev container for its pull request alone, and says what has changed', () => {
    const { step, builds, uploads, writes } = happened('proposed image');
    expect(step.outputs).toMatchObject({ mode: 'build', pushed: 'false', 'push-reason': 'event', image: '' });
    expect([builds, uploads, writes]).toEqual([1, 0, []]);
    expect(step.summary).toContain('configuration was changed');
  });

  it('publishes it when that is merged, without the layers that are there', () => {
    const { step, builds, uploads, tags } = happened('merged image');
    expect(step.outputs).toMatchObject({
      mode: 'build',
      pushed: 'true',
      tag: happened('proposed image').step.outputs.tag,
    });
    expect(builds).toBe(1);
    expect(uploads).toBeLessThan(happened('first lint').uploads);
    expect(tags[floating]).toBe(step.outputs.digest);
    expect(Object.keys(tags)).toHaveLength(3);
  });

  it('has its hook run once in each container, and no container is left', async () => {
    expect(Object.entries(done).map(([name, { hooks }]) => [name, hooks])).toEqual(
      Object.keys(done).map((name) => [name, 1]),
    );
    const ids = Object.values(done).map(({ step }) => step.outputs['container-id'] ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    expect(await team.remaining(ids)).toEqual([]);
  });
});
