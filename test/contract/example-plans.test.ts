import { execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { Plan } from '../../src/domain/plan.ts';
import { labEnv, requireLab } from '../support/lab.ts';

const run = promisify(execFile);
// Bake and compose files are read by a plugin of docker, which needs no engine for that.
const env = labEnv(requireLab());
const loader = path.join(root, 'node_modules/tsx/dist/loader.mjs');
const entry = fileURLToPath(new URL('../support/slipway.ts', import.meta.url));

/** An example as a repository of its own, and what it plans; no registry is asked and no engine is needed. */
async function openExample(name: string) {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), `slipway-${name}-`)));
  await cp(path.join(root, 'examples', name), folder, {
    recursive: true,
    filter: (from) => !/\/(\.slipway|docker\/dockerfiles)$/.test(from),
  });
  await run('git', ['-C', folder, 'init', '--quiet', '--initial-branch', 'main'], { env });
  const commitAll = async (): Promise<void> => {
    const author = ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com'];
    await run('git', ['-C', folder, 'add', '--all'], { env });
    await run('git', ['-C', folder, ...author, 'commit', '--quiet', '--message', 'Change'], { env });
  };
  await commitAll();
  const slipwayPlan = async (...args: readonly string[]): Promise<string> => {
    const words = ['--import', loader, entry, 'plan', '--offline', ...args];
    const { stdout } = await run(process.execPath, words, {
      cwd: folder,
      env: { ...env, HOME: folder },
      maxBuffer: 16 << 20,
    });
    return stdout;
  };
  return {
    async commit(file: string, text: string): Promise<void> {
      await writeFile(path.join(folder, file), text);
      await commitAll();
    },
    async plan(...args: readonly string[]): Promise<Plan> {
      return Plan.parse(JSON.parse(await slipwayPlan('--json', ...args)));
    },
    /** The plan as a person sees it; a day in a tag is that of the run. */
    async shown(event: string, ref: string, payload?: object): Promise<string> {
      const file = `${folder}.json`;
      await writeFile(file, JSON.stringify(payload ?? {}));
      const words = ['--event', event, '--ref', ref, ...(payload === undefined ? [] : ['--event-file', file])];
      return (await slipwayPlan(...words)).replace(/-r\d{8}\b/g, '-rYYYYMMDD');
    },
    async [Symbol.asyncDispose]() {
      await rm(`${folder}.json`, { force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Example = Awaited<ReturnType<typeof openExample>>;

/** One line for what all images have in common: how many, which tags, and the rights in letters. */
function outline({ images, rights }: Plan): string {
  const tags = new Set(
    images.map(({ tags: { immutable, floating } }) => [...immutable, ...floating].join(' ') || 'none'),
  );
  const may = Object.entries(rights).flatMap(([name, is]) => (is ? [name] : []));
  const fresh = images.some(({ cache }) => cache.fresh) ? ' fresh' : '';
  return `${images.length}${fresh} | ${[...tags].join('; ')} | ${may.join(' ') || 'nothing'}`;
}

/** Every event that a project can meet: its name, the ref that it is about, and what GitHub says of it. */
function everyEvent(version: string): readonly (readonly [string, string, string, object | undefined])[] {
  const main = 'refs/heads/main';
  const fork = { base: { ref: 'main' }, head: { repo: { full_name: 'mallory/widgets' } } };
  const dispatch = { inputs: {} };
  const events: readonly (readonly [string, string, string, object?])[] = [
    ['a push to the default branch', 'push', main],
    ['a push to another branch', 'push', 'refs/heads/topic'],
    ['a push of the version tag', 'push', `refs/tags/${version}`],
    ['a push of a tag that is no version', 'push', 'refs/tags/nightly'],
    ['a pull request', 'pull_request', main],
    [
      'a pull request of a fork',
      'pull_request',
      main,
      { repository: { full_name: 'acme/widgets' }, pull_request: fork },
    ],
    ['a merge group', 'merge_group', main],
    ['a weekly run', 'schedule', main],
    ['a run by hand', 'workflow_dispatch', main, dispatch],
    ['a run by hand on another branch', 'workflow_dispatch', 'refs/heads/topic', dispatch],
  ];
  return events.map(([name, event, ref, payload]) => [name, event, ref, payload]);
}

describe('opencrate', () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample('opencrate');
  });
  afterAll(async () => example[Symbol.asyncDispose]());

  it('has an image for every Python and runtime, each by its own Dockerfile and in its own repository', async () => {
    const plan = await example.plan('--event', 'push', '--ref', 'refs/tags/v0.1.0-rc');
    const pythons = ['3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13'];
    const keys = ['cpu', 'cuda'].flatMap((runtime) => pythons.map((python) => `${runtime}-py${python}`));
    expect(plan.levels).toEqual([keys]);
    for (const image of plan.images) {
      expect(image.repository).toBe(`docker.io/braindotai/opencrate-${image.key}`);
      expect(image.dockerfileText).toContain(`OPENCRATE_PYTHON=${image.key.replace(/.*py/, '')} `);
    }
  });

  it.each(everyEvent('v0.1.0-rc'))('plans %s', async (_, event, ref, payload) => {
    expect(await example.shown(event, ref, payload)).toMatchSnapshot();
  });

  it('reads and writes the caches of its own table, under their own names', async () => {
    const cache = 'type=registry,ref=docker.io/braindotai/opencrate-build-cache:cpu-py3.10';
    const written = `${cache},mode=max,ignore-error=true`;
    const cacheOn = async (...args: readonly string[]) => {
      const { images } = await example.plan(...args);
      return images.find(({ key }) => key === 'cpu-py3.10')?.cache;
    };
    const main = ['--ref', 'refs/heads/main'];
    expect(await cacheOn('--event', 'pull_request', ...main)).toEqual({ from: [], to: [], fresh: true });
    expect(await cacheOn('--event', 'schedule', ...main)).toEqual({ from: [], to: [written], fresh: true });
    // There is no tag before, so nobody can tell what changed, and it is written.
    expect(await cacheOn('--event', 'workflow_dispatch', ...main)).toEqual({
      from: [cache],
      to: [written],
      fresh: false,
    });
  });

  it('gives weekly and manual runs tags of their own, and never those of the version', async () => {
    const weekly = await example.plan('--event', 'schedule', '--ref', 'refs/heads/main');
    expect(outline(weekly)).toMatch(/^14 fresh \| v0\.1\.0-rc-r\d{8} \| writeCache stage versionTag$/);
    const manual = await example.plan('--event', 'workflow_dispatch', '--ref', 'refs/heads/main', '--rebuild-base');
    expect(outline(manual)).toMatch(/^14 fresh \| v0\.1\.0-rc-r\d{8} \|/);
  });

  it('refuses a tag that is not its version', async () => {
    const refused = example.plan('--event', 'push', '--ref', 'refs/tags/v9.9.9');
    await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('version-mismatch') });
  });
});

describe('fornax', () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample('fornax');
  });
  afterAll(async () => example[Symbol.asyncDispose]());

  it('has its images in five levels, found in their Dockerfiles alone', async () => {
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/fix-issue-1');
    expect(plan.levels.map((level) => [...level].sort())).toEqual([
      ['base_image'],
      ['science_base', 'tractor'],
      ['astro_default', 'heasoft'],
      ['ciao', 'high_energy'],
      ['docs'],
    ]);
    expect(plan.images.find(({ key }) => key === 'docs')?.needs).toEqual(['tractor', 'high_energy']);
    expect(outline(plan)).toBe('8 | fix-issue-1 | readCache writeCache stage branchTag');
  });

  it.each(everyEvent('v1.0'))('plans %s', async (_, event, ref, payload) => {
    expect(await example.shown(event, ref, payload)).toMatchSnapshot();
  });

  it.each([
    ['heasoft', ['ciao', 'docs', 'high_energy']],
    ['base_image', ['astro_default', 'ciao', 'docs', 'heasoft', 'high_energy', 'science_base', 'tractor']],
    ['docs', []],
  ])('builds with %s what is built on it', async (changed, dependents) => {
    await example.commit(`${changed}/note`, changed);
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/main', '--since', 'HEAD~1');
    const keys = (reason: string) =>
      plan.images.flatMap((image) => (image.reason === reason ? [image.key] : [])).sort();
    expect([keys('changed'), keys('dependent')]).toEqual([[changed], dependents]);
  });

  it('builds nothing when only its documentation changed', async () => {
    await example.commit('README.md', 'other words');
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/main', '--since', 'HEAD~1');
    expect([plan.images, plan.levels]).toEqual([[], []]);
  });

  it('gives a branch that is called like a version a tag that is none', async () => {
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/v1.0');
    expect(outline(plan)).toMatch(/^8 \| v1\.0-[0-9a-f]{8} \|/);
  });
});

describe('workshop', () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample('workshop');
  });
  afterAll(async () => example[Symbol.asyncDispose]());

  it('has an image for each service, and tags by the rule of branches', async () => {
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/main');
    expect(plan.images.map(({ repository }) => repository)).toEqual([
      'ghcr.io/org/workshop/baby-steps',
      'ghcr.io/org/workshop/basic-python',
      'ghcr.io/org/workshop/greeter',
    ]);
    expect([plan.version, outline(plan)]).toEqual([null, '3 | main | readCache writeCache stage branchTag']);
  });

  it.each(everyEvent('v1.0'))('plans %s', async (_, event, ref, payload) => {
    expect(await example.shown(event, ref, payload)).toMatchSnapshot();
  });
});

describe('python-poetry', () => {
  let example: Example;
  beforeAll(async () => {
    example = await openExample('python-poetry');
  });
  afterAll(async () => example[Symbol.asyncDispose]());

  it('has images, stages and caches from its compose file', async () => {
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/main');
    expect(plan.images.map(({ key, repository, target }) => `${key} ${repository} ${target}`)).toEqual([
      'app ghcr.io/org/poem/poem-app app',
      'app-dev ghcr.io/org/poem/poem-app-dev dev',
      'builder ghcr.io/org/poem/poem-builder builder',
    ]);
    for (const { key, cache } of plan.images) {
      const own = key === 'builder' ? [] : [`type=registry,ref=poem-${key}:latest`];
      expect(cache.from.slice(1)).toEqual(['type=registry,ref=poem-builder:latest', ...own]);
    }
  });

  it('never starts what is there to be built, and has a test of what waits', async () => {
    const plan = await example.plan('--event', 'push', '--ref', 'refs/heads/main');
    const started = plan.images.filter(({ tests }) => tests.some(({ kind }) => kind === 'up')).map(({ key }) => key);
    expect(started).toEqual(['app-dev']);
  });

  it.each(everyEvent('v1.0'))('plans %s', async (_, event, ref, payload) => {
    expect(await example.shown(event, ref, payload)).toMatchSnapshot();
  });
});
