import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from '@jest/globals';
import { crane, type Lab } from './lab.ts';
import { madeTar } from './made-tar.ts';
import { failuresOf, type Run, resultsOf, stepsOf } from './runner.ts';
import { type Happening, type Moment, openRunnerExample, type RunnerExample } from './runner-example.ts';
import { blobsOf, layersOf } from './runner-registry.ts';
import { alpineFiles, makeScanDatabase } from './scan-database.ts';

const all = ['3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13'];
const runtimes = ['cpu', 'cuda'] as const;

/** The Pythons that images are made for: two of the seven, unless somebody asks for all. */
export const pythons = process.env.SLIPWAY_ALL === '1' ? all : ['3.10', '3.12'];

export const keys = runtimes.flatMap((runtime) => pythons.map((python) => `${runtime}-py${python}`));

/** The one of which something is wrong in scenarios where something is. */
export const redKey = 'cpu-py3.12';

/** The example with small images for its bases, which its weekly run may find moved. */
export interface Opencrate extends RunnerExample {
  /** Gives every base another content under the same tag, as the makers of bases do. */
  moveBases(): Promise<void>;
  /** Whether every image under a tag stands on what its base is now. */
  standsOnBases(tag: string): Promise<boolean>;
  /** The caches that have not every layer of what a run built, as the registry has them. */
  cachesWithout(run: Run): Promise<readonly string[]>;
  /** Commits another version, with other files where there are some, and tags the commit. */
  release(version: string, files?: Readonly<Record<string, string>>): Promise<Happening>;
}

const workflow = '.github/workflows/docker-build-test-and-push.yml';
const main = 'refs/heads/main';

/** The clock of the repository, on Sunday morning. */
export const weekly: Happening = { event: 'schedule', payload: { schedule: '0 3 * * 0', ref: main } };

/** Somebody started it by hand, on main; a runner hands inputs on as texts. */
export const byHand = (rebuildBase: boolean): Happening => ({
  event: 'workflow_dispatch',
  payload: { ref: main, inputs: { REBUILD_BASE: String(rebuildBase) } },
});

/** A stranger asks for a change that lies in a repository of his own. */
export const forkRequest: Happening = {
  event: 'pull_request',
  payload: {
    number: 1,
    pull_request: {
      number: 1,
      head: { ref: 'topic', sha: '0'.repeat(40), repo: { full_name: 'stranger/opencrate' } },
      base: { ref: 'main', repo: { full_name: 'acme/opencrate' } },
    },
  },
};

/** Opens the example as its people have it; bases and scanner are those of the lab, and `change` is made to its slipway.yml. */
export async function openOpencrate(
  lab: Lab,
  change: (config: string) => string = (config) => config,
): Promise<Opencrate> {
  const example = await openRunnerExample(lab, { name: 'opencrate', registry: 'docker.io/braindotai', workflow });
  const bases = `${lab.registry}/bases-${randomBytes(6).toString('hex')}`;
  const database = await mkdtemp(path.join(tmpdir(), 'slipway-advisories-'));
  await makeScanDatabase(database);
  const baseOf = new Map(keys.map((key) => [key, `${bases}/${key.replace('-py', ':')}`]));
  let moves = 0;
  const moveBases = async (): Promise<void> => {
    moves += 1;
    const below = `${bases}/below:1`;
    await crane(lab, 'copy', '--platform', 'linux/amd64', `${lab.mirror}/library/busybox:1.36`, below);
    for (const [name, base] of baseOf) {
      // No two are alike, or builders would take what they made for one image as the layers of another.
      const layer = path.join(database, `${name}.tar`);
      await writeLayer(layer, { ...alpineFiles('1.0.1-r0'), 'etc/base': `${base} ${moves}\n` });
      await crane(lab, 'append', '--base', below, '--new_layer', layer, '--new_tag', base);
    }
  };
  await moveBases();
  const config = await readFile(path.join(example.folder, 'slipway.yml'), 'utf8');
  const scan = `scan: { tool: osv-scanner, version: 2.5.1, database: { file: ${database} } }\n`;
  const inLab = config
    .replace(/^scan:\n(?: .*\n)+/m, scan)
    .replace(`VERSION: '{version}'`, `VERSION: '{version}', BASE: '${bases}/{runtime}:{python}'`);
  await example.commit({ 'slipway.yml': change(inLab), PYTHON_VERSIONS: pythons.join('\n') });
  return {
    ...example,
    moveBases,
    async standsOnBases(tag) {
      const stands = [...baseOf].map(async ([key, base]) => {
        const layers = await layersOf(lab, `${example.prefix}/opencrate-${key}:${tag}`);
        return (await layersOf(lab, base)).every((layer, place) => layers[place] === layer);
      });
      return (await Promise.all(stands)).every((one) => one);
    },
    async cachesWithout(run) {
      const lacking = Object.entries(digestsOf(run)).map(async ([key, digest]) => {
        const cache = cacheTag(key);
        const held = await blobsOf(lab, `${example.prefix}/${cache}`);
        const built = await blobsOf(lab, `${example.prefix}/opencrate-${key}@${digest}`, 'linux/amd64');
        return built.every((layer) => held.includes(layer)) ? [] : [cache];
      });
      return (await Promise.all(lacking)).flat().sort();
    },
    async release(version, files = {}) {
      await example.commit({ VERSION: `${version}\n`, ...files });
      await example.git('tag', version);
      return { event: 'push', payload: { ref: `refs/tags/${version}` } };
    },
    async [Symbol.asyncDispose]() {
      await example[Symbol.asyncDispose]();
      await rm(database, { recursive: true, force: true });
    },
  };
}

async function writeLayer(file: string, files: Readonly<Record<string, string>>): Promise<void> {
  await writeFile(file, madeTar(Object.entries(files).map(([name, content]) => ({ name, content }))));
}

/** Every image under each of these tags, and the caches, as the registry lists them. */
export function everyTag(...tags: readonly string[]): readonly string[] {
  return [...imageTags(...tags), ...cacheTags].sort();
}

/** Every image under each of these tags. */
export function imageTags(...tags: readonly string[]): readonly string[] {
  return keys.flatMap((key) => tags.map((tag) => `opencrate-${key}:${tag}`)).sort();
}

export const cacheTag = (key: string): string => `opencrate-build-cache:${key}`;
export const cacheTags: readonly string[] = keys.map(cacheTag).sort();

/** The repositories of the images. */
export const repositories: readonly string[] = keys.map((key) => `opencrate-${key}`).sort();

/** The digests that a moment has under a tag, by key. */
export function under({ tags }: Moment, tag: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(keys.map((key) => [key, tags[`opencrate-${key}:${tag}`]]));
}

/** The tag that a rebuild made, by the number of its run; the day in it is that of the run. */
export function rebuildTag({ written }: Moment, stem: string): string {
  const [tag, ...others] = new Set(written.tags.flatMap((name) => /:(.*-r\d{8}\..*)$/.exec(name)?.[1] ?? []));
  if (tag === undefined || others.length > 0 || tag.replace(/\d{8}/, 'DAY') !== stem) {
    throw new Error(`no one tag ${stem} among ${written.tags}`);
  }
  return tag;
}

/** How the caches were asked for, as `METHOD kind`. */
export function cacheUse({ requests }: Moment): readonly string[] {
  const uses = requests.flatMap((request) => {
    const [, method, kind] = /^([A-Z]+) \S*\/opencrate-build-cache\/(manifests|blobs)\//.exec(request) ?? [];
    return method === undefined ? [] : [`${method} ${kind}`];
  });
  return [...new Set(uses)].sort();
}

/** What a version that is no prerelease is published under, when it is v1.0.0. */
export const release: readonly string[] = ['latest', 'v1', 'v1.0', 'v1.0.0'];

/** The jobs of a run that publishes nothing, and those of one that does. */
export const building: Readonly<Record<string, string>> = {
  'static-checks': 'success',
  plan: 'success',
  ...Object.fromEntries(keys.map((key) => [key, 'success'])),
};
export const publishing = { ...building, verify: 'success', publish: 'success', release: 'success' };

/** The table of the plan with the notes below it. */
export const planOf = (run: Run): string => stepsOf(run, 'matrix-generate')[0]?.summary ?? '';

/** The digests that were tested, by key. */
export function digestsOf(run: Run): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(stepsOf(run, 'build-test').map(({ job, outputs }) => [job, outputs.digest]));
}

/** Fails with what red steps said. */
export function expectGreen(run: Run, jobs: Readonly<Record<string, string>>): void {
  expect(failuresOf(run)).toEqual([]);
  expect(resultsOf(run)).toEqual(jobs);
  expect(run.exitCode).toBe(0);
}
