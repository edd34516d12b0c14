import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../../script/commands/project.ts';
import { Plan } from '../../src/domain/plan.ts';
import { parseSlipwayYml } from '../../src/formats/slipway-yml.ts';
import { type OpenExample, openExample } from '../support/example.ts';
import { requireLab } from '../support/lab.ts';

jest.setTimeout(120_000);

const lab = requireLab();

/**
 * What each example is begun with, where its own `slipway.yml` and workflows are not there yet. Every flag says what no file
 * of the repository does: where it is published, under which names, for which platforms, by which generator, for which user.
 */
const begun: readonly (readonly [string, readonly string[]])[] = [
  ['hello', ['--registry', 'ghcr.io/org/hello', '--platform', 'linux/amd64', '--platform', 'linux/arm64']],
  [
    'opencrate',
    ['--registry', 'docker.io/braindotai', '--repository', 'opencrate-{key}', '--generate', 'sh docker/dockerfiles.sh'],
  ],
  ['fornax', ['--registry', 'ghcr.io/fornax/images']],
  [
    'python-poetry',
    [
      ...['--template', 'poetry', '--name', 'poem', '--registry', 'ghcr.io/org/poem'],
      ...['--python', '3.11', '--uid', '1234', '--gid', '1235'],
    ],
  ],
  ['workshop', []],
];
const Said = z.object({ plan: Plan });
const templateFiles = ['Dockerfile', '.dockerignore', 'compose.yaml'];

const planOf = async (example: OpenExample, ...args: readonly string[]): Promise<Plan> =>
  Plan.parse(JSON.parse(await example.slipway('plan', '--offline', '--json', ...args)));

/** A push to the main branch, the tag of a version, or of none where there is none, and a pull request. */
async function eventsOf(example: OpenExample): Promise<readonly (readonly string[])[]> {
  const version = await read(example, 'VERSION').catch(() => 'nightly');
  return [
    ['--event', 'push', '--ref', 'refs/heads/main'],
    ['--event', 'push', '--ref', `refs/tags/${version.trim()}`],
    ['--event', 'pull_request'],
  ];
}

const read = (example: OpenExample, file: string): Promise<string> => readFile(path.join(example.folder, file), 'utf8');

async function remove(example: OpenExample, ...names: readonly string[]): Promise<void> {
  for (const one of names) await rm(path.join(example.folder, one), { recursive: true, force: true });
}

/** What makes a set the same set: what is built of what, in which order, and under which names. */
function setOf({ images, levels }: Plan, isEachAlike = true): unknown {
  const what = images.map(
    ({ key, repository, context, dockerfile, dockerfileText, target, platforms, needs, tags }) => {
      const own = isEachAlike ? platforms : [];
      return { key, repository, context, dockerfile, dockerfileText, target, platforms: own, needs, tags };
    },
  );
  return { levels: levels.map((level) => [...level].sort()), images: what.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

/** Such a workflow, by the step of our action or by the call of our workflow: when, with which rights, and what. */
const Job = z.object({
  permissions: z.record(z.string(), z.string()),
  with: z.record(z.string(), z.string()).optional(),
  steps: z.array(z.object({ uses: z.string(), with: z.record(z.string(), z.unknown()).optional() })).optional(),
});
const Workflow = z.object({
  name: z.string(),
  on: z.unknown(),
  concurrency: z.unknown(),
  jobs: z.record(z.string(), Job),
});

async function callOf(example: OpenExample, file: string) {
  const { name, on, concurrency, jobs } = Workflow.parse(parse(await read(example, `.github/workflows/${file}.yml`)));
  const [job] = Object.values(jobs);
  const step = job?.steps?.find(({ uses }) => uses.includes('devcontainer-prebuild'));
  const { image, run, venv } = z
    .object({ image: z.string(), run: z.string().optional(), venv: z.string().optional() })
    .parse(job?.with ?? step?.with);
  return { name, on, concurrency, permissions: job?.permissions, image, run: run?.trim(), venv };
}

describe('slipway init on an example without its Slipway files', () => {
  it.each(begun)('plans the same set for %s', async (name, args) => {
    await using example = await openExample(lab, name);
    // Only one of its images is for one platform: that is written by hand, for no flag speaks of a single image.
    const isEachAlike = name !== 'hello';
    const events = await eventsOf(example);
    const before = [];
    for (const event of events) before.push(setOf(await planOf(example, ...event), isEachAlike));
    await remove(example, 'slipway.yml', '.github', ...(name === 'python-poetry' ? templateFiles : []));
    const { plan: after } = Said.parse(JSON.parse(await example.slipway('init', ...args, '--json')));
    expect(setOf(after, isEachAlike)).toEqual(before[0]);
    for (const [place, event] of events.entries()) {
      expect([event, setOf(await planOf(example, ...event), isEachAlike)]).toEqual([event, before[place]]);
    }
    // No two events give the same tags, so that the comparison says something.
    expect(new Set(before.map((set) => JSON.stringify(set))).size).toBe(3);
    // Every image may be published: something is known of it, or it is listed.
    const config = parseSlipwayYml(await read(example, 'slipway.yml'), 'slipway.yml');
    expect([...Object.keys(config.checks), ...config['allow-untested']].sort()).toEqual(
      after.images.map(({ key }) => key).sort(),
    );
  });

  it.each(['python-poetry', 'workshop'])('writes the files that are in %s', async (name) => {
    await using example = await openExample(lab, name);
    const files = ['.github/workflows/images.yml', ...(name === 'python-poetry' ? templateFiles : [])];
    await remove(example, 'slipway.yml', ...files);
    await example.slipway('init', ...(begun.find(([one]) => one === name)?.[1] ?? []));
    for (const file of files) {
      expect([file, await read(example, file)]).toEqual([
        file,
        await readFile(path.join(root, 'examples', name, file), 'utf8'),
      ]);
    }
  });

  it('writes the callers of the dev container that devcontainer-poetry has, with what they run from flags', async () => {
    await using example = await openExample(lab, 'devcontainer-poetry');
    const names = ['lint', 'tests'];
    const before = await Promise.all(names.map((name) => callOf(example, name)));
    await remove(example, '.github');
    const runs = before.flatMap(({ name, run }) => ['--run', `${name}=${run}`]);
    const outcome = JSON.parse(await example.slipway('init', ...runs, '--json'));
    expect(outcome).toEqual({
      found: ['a dev container: .devcontainer/devcontainer.json, with packages by poetry'],
      files: ['.github/workflows/lint.yml', '.github/workflows/tests.yml'],
    });
    expect(await Promise.all(names.map((name) => callOf(example, name)))).toEqual(before);
    // Without them, one workflow keeps the image up to date.
    await remove(example, '.github');
    expect(JSON.parse(await example.slipway('init', '--json')).files).toEqual(['.github/workflows/devcontainer.yml']);
    const { run, image, venv } = await callOf(example, 'devcontainer');
    expect([run, image, venv]).toEqual([undefined, before[0]?.image, 'poetry']);
    await expect(example.slipway('init')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error init-exists: .github/workflows/devcontainer.yml is there already'),
    });
    await expect(example.slipway('init', '--run', 'images=true')).rejects.toMatchObject({ code: 2 });
  });

  it('changes nothing of an example that has them', async () => {
    await using example = await openExample(lab, 'workshop');
    await expect(example.slipway('init')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error init-exists: slipway.yml, .github/workflows/images.yml are there already'),
    });
    const own = await readFile(path.join(root, 'examples/workshop/slipway.yml'), 'utf8');
    expect(await read(example, 'slipway.yml')).toBe(own);
  });
});
