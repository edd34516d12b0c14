import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requireLab } from '../support/lab.ts';
import { stepsOf } from '../support/runner.ts';
import type { Happening, Moment } from '../support/runner-example.ts';
import { writesAmong } from '../support/runner-hello.ts';
import {
  building,
  byHand,
  cacheTags,
  cacheUse,
  digestsOf,
  everyTag,
  expectGreen,
  forkRequest,
  imageTags,
  keys,
  type Opencrate,
  openOpencrate,
  planOf,
  publishing,
  rebuildTag,
  release,
  repositories,
  under,
  weekly,
} from '../support/runner-opencrate.ts';

const LIMIT_MS = 900_000;
const reading = ['GET blobs', 'GET manifests'];
describe('opencrate, as its people run it, one thing after the other', () => {
  let opencrate: Opencrate;
  /** What there is, and what there was before the scenario at hand. */
  let now: Moment;
  let before: Moment;
  const happen = async (happening: Happening): Promise<Moment> => {
    before = now;
    now = await opencrate.happen(happening);
    return now;
  };
  const rebuilds: string[] = [];

  beforeAll(async () => {
    opencrate = await openOpencrate(requireLab());
  }, LIMIT_MS);

  afterAll(async () => {
    await opencrate[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'a tag of a version publishes every image under the version, its lines and latest',
    async () => {
      const { run, tags, written } = await happen(await opencrate.release('v1.0.0'));
      expectGreen(run, publishing);
      expect(Object.keys(tags)).toEqual(everyTag(...release));
      expect(written).toEqual({
        tags: imageTags(...release),
        caches: cacheTags,
        contents: repositories,
        removed: [],
      });
      expect(await opencrate.cachesWithout(run)).toEqual([]);
      for (const tag of release) expect([tag, under(now, tag)]).toEqual([tag, digestsOf(run)]);
    },
    LIMIT_MS,
  );

  it(
    'its artifacts have the names that they had, with a scan that came before the tests',
    async () => {
      const artifacts = await opencrate.artifacts(now.run);
      const perKey = keys.flatMap((key) =>
        ['digest', 'scan', 'slipway-record', 'test-logs'].map((name) => `${name}-${key}`),
      );
      const perRun = ['dockerfiles', 'journal-push', 'journal-release', 'plan'].map((name) => `slipway-${name}`);
      expect(Object.keys(artifacts)).toEqual([...perKey, ...perRun].sort());
      const text = (name: string, file: string): string => artifacts[name]?.get(file)?.toString() ?? 'none';
      expect(text('test-logs-cpu-py3.10', 'test-py3.10-cpu.log')).toContain('opencrate v1.0.0 on Python 3.10 (cpu)');
      expect(text('slipway-dockerfiles', 'docker-dockerfiles-Dockerfile.cuda-py3.12')).toContain(
        'OPENCRATE_RUNTIME=cuda',
      );
      for (const { job, outputs, lines } of stepsOf(now.run, 'build-test')) {
        expect(text(`digest-${job}`, `digest-${job}.txt`)).toBe(`${outputs.layers}\n`);
        const places = ['scan with osv-scanner', 'test the library answers', 'upload sha256:'].map((said) =>
          lines.findIndex((line) => line.startsWith(`${job}: ${said}`)),
        );
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
      }
    },
    LIMIT_MS,
  );

  it(
    'a pull request from a fork builds without any cache and writes nothing',
    async () => {
      const asked = '# asked for by a stranger\n';
      await opencrate.commit({ 'src/opencrate/more.sh': asked });
      await happen(forkRequest);
      expectGreen(now.run, building);
      expect(stepsOf(now.run, 'build-test').map(({ outputs }) => outputs['cache-hit-ratio'])).toEqual(
        keys.map(() => '0.00'),
      );
      expect(cacheUse(now)).toEqual([]);
      expect(writesAmong(now.requests)).toEqual([]);
      expect(now.tags).toEqual(before.tags);
    },
    LIMIT_MS,
  );

  it(
    'a run by hand without REBUILD_BASE reads the caches, and gives a tag of its own',
    async () => {
      await happen(byHand(false));
      expectGreen(now.run, publishing);
      expect(planOf(now.run)).toContain('the cache is not written: no dependency file changed');
      expect(cacheUse(now)).toEqual(expect.arrayContaining(reading));
      await expectRebuild('v1.0.0-rDAY.3', 'reads caches');
    },
    LIMIT_MS,
  );

  it(
    'the weekly run builds everything anew on the bases of that day, and writes the caches',
    async () => {
      await opencrate.moveBases();
      await happen(weekly);
      expectGreen(now.run, publishing);
      expect(cacheUse(now)).not.toEqual(expect.arrayContaining(['GET blobs']));
      const tag = await expectRebuild('v1.0.0-rDAY.4', 'writes caches');
      expect(await opencrate.standsOnBases(tag)).toBe(true);
      expect(await opencrate.standsOnBases('latest')).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    'a run by hand with REBUILD_BASE does the same',
    async () => {
      await opencrate.moveBases();
      await happen(byHand(true));
      expectGreen(now.run, publishing);
      expect(cacheUse(now)).not.toEqual(expect.arrayContaining(['GET blobs']));
      const tag = await expectRebuild('v1.0.0-rDAY.5', 'writes caches');
      expect(await opencrate.standsOnBases(tag)).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'new dependencies make a run by hand read the caches and write them',
    async () => {
      const project = ['[project]', 'name = "opencrate"', 'dependencies = [', '  "rich>=14",', ']', ''];
      await opencrate.commit({ 'pyproject.toml': project.join('\n') });
      await happen(byHand(false));
      expectGreen(now.run, publishing);
      expect(planOf(now.run)).toContain('the cache is written: pyproject.toml changed');
      expect(cacheUse(now)).toEqual(expect.arrayContaining(reading));
      await expectRebuild('v1.0.0-rDAY.6', 'writes caches');
    },
    LIMIT_MS,
  );

  it(
    'a tag of a prerelease publishes that alone, and moves nothing',
    async () => {
      // With code that is new, because a builder may not write a cache again that is what it was.
      await happen(await opencrate.release('v1.1.0-rc1', { 'src/opencrate/more.sh': '# of the next version\n' }));
      expectGreen(now.run, publishing);
      const written = { tags: imageTags('v1.1.0-rc1'), caches: cacheTags, contents: repositories, removed: [] };
      expect(now.written).toEqual(written);
      expect(await opencrate.cachesWithout(now.run)).toEqual([]);
      expect(Object.keys(now.tags)).toEqual(everyTag(...release, ...rebuilds, 'v1.1.0-rc1'));
      expect(under(now, 'v1.1.0-rc1')).toEqual(digestsOf(now.run));
      for (const tag of [...release, ...rebuilds]) expect([tag, under(now, tag)]).toEqual([tag, under(before, tag)]);
    },
    LIMIT_MS,
  );

  /** Nothing but the tag of its own, and all caches where it writes them; what it made is what was tested. */
  async function expectRebuild(stem: string, use: 'reads caches' | 'writes caches'): Promise<string> {
    const caches = use === 'writes caches' ? cacheTags : [];
    const tag = rebuildTag(now, stem);
    rebuilds.push(tag);
    expect(now.written).toEqual({ tags: imageTags(tag), caches, contents: repositories, removed: [] });
    expect(Object.keys(now.tags)).toEqual(everyTag(...release, ...rebuilds));
    expect(under(now, tag)).toEqual(digestsOf(now.run));
    for (const old of [...release, ...rebuilds.slice(0, -1)]) {
      expect([old, under(now, old)]).toEqual([old, under(before, old)]);
    }
    expect(cacheTags.filter((cache) => now.tags[cache] !== before.tags[cache])).toEqual(caches);
    // What was built was in no cache before, so that a cache which has it was written by this run.
    if (use === 'writes caches') expect(await opencrate.cachesWithout(now.run)).toEqual([]);
    return tag;
  }
});
