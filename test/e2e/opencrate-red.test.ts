import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { type Lab, requireLab, requireRemoteBuilder } from '../support/lab.ts';
import { jobOf, resultsOf, stepsOf } from '../support/runner.ts';
import type { Moment } from '../support/runner-example.ts';
import {
  building,
  cacheTag,
  cacheTags,
  digestsOf,
  everyTag,
  expectGreen,
  keys,
  type Opencrate,
  openOpencrate,
  publishing,
  redKey,
  release,
  repositories,
  under,
  weekly,
} from '../support/runner-opencrate.ts';

const LIMIT_MS = 900_000;
const images = '.github/workflows/images.yml';
const own = '.github/workflows/docker-build-test-and-push.yml';

describe('opencrate with the gate rebuild, one thing after the other', () => {
  let lab: Lab;
  let opencrate: Opencrate;
  /** What was there before the scenario at hand. */
  let before: Moment;

  beforeAll(async () => {
    lab = requireLab();
    opencrate = await openOpencrate(lab, (config) => `${config}\ngate: rebuild\n`);
    const caller = await readFile(path.join(opencrate.folder, own), 'utf8');
    const builder = requireRemoteBuilder(lab);
    const inputs = `      gate-builder: ${builder}\n      rebuild-base:`;
    await opencrate.commit({ [own]: caller.replace('      rebuild-base:', inputs) });
  }, LIMIT_MS);

  afterAll(async () => {
    await opencrate[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'a tag of a version is published when another builder makes the same of the caches',
    async () => {
      before = await opencrate.happen(await opencrate.release('v1.0.0'));
      expectGreen(before.run, publishing);
      const [gate] = stepsOf(before.run, 'verify-digest');
      const matching = Object.fromEntries(keys.map((key) => [key, 'match']));
      expect(JSON.parse(gate?.outputs.verdicts ?? '')).toEqual(matching);
      expect(Object.keys(before.tags)).toEqual(everyTag(...release));
      expect(await opencrate.cachesWithout(before.run)).toEqual([]);
      for (const tag of release) expect([tag, under(before, tag)]).toEqual([tag, digestsOf(before.run)]);
    },
    LIMIT_MS,
  );

  it(
    'one poisoned cache holds all of them back, and the gate names what differs',
    async () => {
      await opencrate.moveBases();
      const now = await opencrate.happen(weekly, {}, await meddling());
      expect(resultsOf(now.run)).toEqual({ ...building, verify: 'failure' });
      expect(now.run.exitCode).not.toBe(0);
      const [gate] = stepsOf(now.run, 'verify-digest');
      expect(JSON.parse(gate?.outputs.verdicts ?? '')).toEqual({
        ...Object.fromEntries(keys.map((key) => [key, 'match'])),
        [redKey]: 'mismatch',
      });
      expect(gate?.errors.join('\n')).toContain('gate-mismatch');
      expect(gate?.summary).toContain('RUN sed');
      expect(gate?.summary).toContain('cache: another run wrote the cache');
      expect(imagesOf(now)).toEqual(imagesOf(before));
      expect(now.written).toEqual({ tags: [], caches: cacheTags, contents: repositories, removed: [] });
      // All caches were written; in one of them a layer is no longer what was built.
      expect(await opencrate.cachesWithout(now.run)).toEqual([cacheTag(redKey)]);
      before = now;
    },
    LIMIT_MS,
  );

  it(
    'one red image holds all of them back, and says how it is tested at a desk',
    async () => {
      const red = `test "$OPENCRATE_RUNTIME-py$OPENCRATE_PYTHON" != ${redKey}\n`;
      const now = await opencrate.happen(await opencrate.release('v1.1.0', { 'tests/run.sh': red }));
      expect(resultsOf(now.run)).toEqual({ ...building, [redKey]: 'failure', verify: 'failure' });
      expect(now.run.exitCode).not.toBe(0);
      const [build] = jobOf(now.run, redKey).steps.filter(({ id }) => id === 'build');
      expect(build?.summary).toContain(`slipway test --image ${redKey} --from-run ${now.run.id}`);
      expect(stepsOf(now.run, 'verify-digest')[0]?.errors.join()).toContain(`: ${redKey}\n`);
      expect(now.tags).toEqual(before.tags);
      const green = repositories.filter((name) => name !== `opencrate-${redKey}`);
      expect(now.written).toEqual({ tags: [], caches: [], contents: green, removed: [] });
      const kept = Object.keys(await opencrate.artifacts(now.run)).filter((name) => name.endsWith(redKey));
      expect(kept).toEqual(['scan', 'slipway-store', 'test-logs'].map((name) => `${name}-${redKey}`));
    },
    LIMIT_MS,
  );

  /** The workflow of the suite with a step before the gate, in which somebody writes into a cache. */
  async function meddling() {
    const text = await readFile(path.join(root, images), 'utf8');
    const step = '      - run: node --import "$LOADER" "$MEDDLER" "$CACHE" opencrate/dependencies.txt "evil>=1"\n';
    const at = text.indexOf('      - id: verify\n');
    return {
      suite: { [images]: text.slice(0, at) + step + text.slice(at) },
      env: {
        LOADER: path.join(root, 'node_modules/tsx/dist/loader.mjs'),
        MEDDLER: fileURLToPath(new URL('../support/poisoned-cache.ts', import.meta.url)),
        CACHE: `${opencrate.prefix}/${cacheTag(redKey)}`,
      },
    };
  }

  /** Every tag but those of the caches. */
  function imagesOf({ tags }: Moment) {
    return Object.fromEntries(Object.entries(tags).filter(([name]) => !cacheTags.includes(name)));
  }
});
