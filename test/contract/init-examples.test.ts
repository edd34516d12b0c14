import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { root } from '../../script/commands/project.ts';
import { Plan } from '../../src/domain/plan.ts';
import { parseSlipwayYml } from '../../src/formats/slipway-yml.ts';
import { type OpenExample, openExample } from '../support/example.ts';
import { requireLab } from '../support/lab.ts';

jest.setTimeout(120_000);

const lab = requireLab();

/** What each example is begun with, where its own `slipway.yml` and workflows are not there yet. */
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

const planOf = async (example: OpenExample): Promise<Plan> =>
  Plan.parse(JSON.parse(await example.slipway('plan', '--offline', '--json')));

const read = (example: OpenExample, file: string): Promise<string> => readFile(path.join(example.folder, file), 'utf8');

async function remove(example: OpenExample, ...names: readonly string[]): Promise<void> {
  for (const one of names) await rm(path.join(example.folder, one), { recursive: true, force: true });
}

/** What makes a set the same set: what is built of what, in which order, and under which names. */
function setOf({ images, levels }: Plan): unknown {
  const what = images.map(({ key, repository, context, dockerfile, dockerfileText, target, needs, tags }) => {
    return { key, repository, context, dockerfile, dockerfileText, target, needs, tags };
  });
  return { levels: levels.map((level) => [...level].sort()), images: what.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

describe('slipway init on an example without its Slipway files', () => {
  it.each(begun)('plans the same set for %s', async (name, args) => {
    await using example = await openExample(lab, name);
    const before = await planOf(example);
    await remove(example, 'slipway.yml', '.github', ...(name === 'python-poetry' ? templateFiles : []));
    const { plan: after } = Said.parse(JSON.parse(await example.slipway('init', ...args, '--json')));
    expect(setOf(after)).toEqual(setOf(before));
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
