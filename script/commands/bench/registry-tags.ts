import { randomBytes } from 'node:crypto';
import { copyContent } from '../../../src/store/copy.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { madeSource } from '../../../test/support/fault-proxy/faulty-registry.ts';
import { startFaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { crane } from '../../../test/support/lab.ts';
import { madeImage } from '../../../test/support/made-image.ts';
import { ScriptError } from '../script.ts';
import { median } from './interleaved.ts';
import type { Bench } from './registry.ts';
import { report, seconds } from './registry-report.ts';
import { type TagSet, type TagTool, tagTools } from './registry-tag-tools.ts';

const ONE_WAY_MS = 20;
const IMAGES = 14;
const LIMIT_MS = 800;
const LEAST_FACTOR = 10;

/** 28 tags on 14 manifests in 14 repositories, at 40 ms from the registry and back. */
export async function benchTags(bench: Bench): Promise<boolean> {
  await using proxy = await startFaultProxy({ upstream: `http://${bench.lab.registry}`, latencyMs: ONE_WAY_MS });
  const tools = tagTools(bench);
  const found = tools.map((tool) => ({ tool, ms: [] as number[], requests: 0 }));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const entry of found) {
      const set = await seeded(bench, proxy.host);
      const before = proxy.log.entries.length;
      const ms = await entry.tool.give(set);
      entry.ms.push(ms);
      entry.requests = proxy.log.entries.length - before;
      await verify(bench, entry.tool, set);
      await entry.tool.cleanUp?.(set);
      console.error(`  round ${round}: ${entry.tool.name} ${seconds(ms)}`);
    }
  }
  const medians = new Map(found.map(({ tool, ms }) => [tool.name, median(ms)]));
  const client = found.find(({ tool }) => tool.ours === 'client');
  const ownMs = median(client?.ms ?? []);
  const rows = found.map(({ tool, ms, requests }) => {
    const all = ms.map(seconds).join(' ');
    return [tool.name, seconds(median(ms)), `${(median(ms) / ownMs).toFixed(1)} x`, `${requests} requests`, all];
  });
  const others = tools.filter(({ ours }) => ours === undefined);
  const factorOf = ({ name }: TagTool): number => (medians.get(name) ?? Number.NaN) / ownMs;
  return report(`tags: 28 tags on 14 manifests at 40 ms, medians of ${bench.rounds}, whole processes`, rows, [
    { promise: `slipway below ${seconds(LIMIT_MS)}`, found: seconds(ownMs), isMet: ownMs < LIMIT_MS },
    ...others.map((tool) => {
      const least = tool.isHeavy === true ? LEAST_FACTOR : 1;
      const promise = least === 1 ? `faster than ${tool.name}` : `at least ${least} times faster than ${tool.name}`;
      return { promise, found: `${factorOf(tool).toFixed(1)} times`, isMet: factorOf(tool) >= least };
    }),
    { promise: 'every tag names its digest, says crane', found: 'all', isMet: true },
  ]);
}

/** Repositories that nobody has seen, each with an image that nobody has. */
async function seeded(bench: Bench, host: string): Promise<TagSet> {
  const name = `bench/tags-${randomBytes(6).toString('hex')}`;
  const images = Array.from({ length: IMAGES }, (_, place) => {
    const made = madeImage({ layers: [{ 'app.txt': `${name} ${place} ${randomBytes(2048).toString('hex')}` }] });
    return { made, path: `${name}/app-${place}`, digest: made.manifest.digest };
  });
  await inParallel(images, 8, async ({ made, path }) => {
    await copyContent(madeSource(made), bench.contentAt(`${bench.lab.registry}/${path}`), made.manifest);
  });
  return {
    images: images.map(({ path, digest }) => ({ path, digest, repository: `${host}/${path}` })),
    tags: ['v1.0.0', 'latest'],
  };
}

async function verify({ lab }: Bench, tool: TagTool, { images, tags }: TagSet): Promise<void> {
  const all = images.flatMap((image) => tags.map((tag) => ({ ...image, tag })));
  await inParallel(all, 4, async ({ path, tag, digest }) => {
    const found = await crane(lab, 'digest', `${lab.registry}/${path}:${tag}`);
    if (found !== digest) throw new ScriptError(`${tool.name} made ${path}:${tag} name ${found} and not ${digest}`);
  });
}
