import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createMachinePorts } from '../../../src/adapters/machine-ports.ts';
import { attachRecord } from '../../../src/clients/records.ts';
import { createRegistryClient, type RegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { type FaultProxy, startFaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { labEnv } from '../../../test/support/lab.ts';
import { writeMade } from '../../../test/support/made-image.ts';
import { startCraneRegistry } from '../../../test/support/registries.ts';
import { labState } from '../project.ts';
import { ScriptError } from '../script.ts';
import { median } from './interleaved.ts';
import type { Bench } from './registry.ts';
import { timedWell } from './registry-child.ts';
import { bundleProgram } from './registry-ours.ts';
import { report, seconds, type Target } from './registry-report.ts';
import { tagTools } from './registry-tag-tools.ts';
import type { ReleaseRan } from './release-program.ts';
import { benchRelease, type ReleaseTask } from './release-set.ts';

const ONE_WAY_MS = 20;
const program = fileURLToPath(new URL('./release-program.ts', import.meta.url));
const others = ['crane tag, one by one', 'buildx imagetools create', 'docker pull, tag, push'];

/** The bench with our program, as users start it. */
interface ReleaseBench extends Bench {
  readonly bundled: Promise<string>;
}

/** A release of 14 images at 40 ms beside other tools, its repetition, and one of 1,000 images on loopback. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      part: { type: 'string', multiple: true, default: ['fourteen', 'many'] },
      rounds: { type: 'string', default: '3' },
      images: { type: 'string', default: '1000' },
    },
  });
  const lab = labState();
  if (lab === undefined) throw new ScriptError('this needs the lab, and it is not up: run script/lab up');
  await using ports = createMachinePorts();
  const client = createRegistryClient(ports);
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
  const work = {
    ...{ lab, ports, folder, env: labEnv(lab), rounds: Number(values.rounds), seeds: [1] },
    ours: async () => {
      throw new Error('this bench has a program of its own');
    },
    bundled: bundleProgram(program, folder),
    contentAt: (text: string) => repositoryContent(client, parseRepository(text, 'bench')),
  };
  try {
    const isFast = !values.part.includes('fourteen') || (await benchFourteen(work, client));
    const isLarge = !values.part.includes('many') || (await benchMany(work, client, Number(values.images)));
    return isFast && isLarge ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchFourteen(work: ReleaseBench, client: RegistryClient): Promise<boolean> {
  await using proxy = await startFaultProxy({ upstream: `http://${work.lab.registry}`, latencyMs: ONE_WAY_MS });
  const first: ReleaseRan[] = [];
  const again: ReleaseRan[] = [];
  let writes = 0;
  const beside = new Map(others.map((name) => [name, [] as number[]]));
  for (let round = 1; round <= work.rounds; round += 1) {
    const name = `bench/release-${randomBytes(6).toString('hex')}`;
    const task = { prefix: `${proxy.host}/${name}`, version: '1.0.1', count: 14, isGated: true };
    await seed(client, { ...task, prefix: `${work.lab.registry}/${name}`, version: '1.0.0' });
    await seed(client, { ...task, prefix: `${work.lab.registry}/${name}` });
    await ran(work, { ...task, prefix: `${work.lab.registry}/${name}`, version: '1.0.0' });
    first.push(await ran(work, task));
    const since = proxy.log.writes().length;
    again.push(await ran(work, task));
    writes += proxy.log.writes().length - since;
    await besides(work, proxy, { name, beside });
    console.error(`  round ${round}: ${seconds(first.at(-1)?.releaseMs ?? 0)}`);
  }
  const all = median(first.map(({ gateMs, releaseMs }) => gateMs + releaseMs));
  const window = median(first.map(({ windowMs }) => windowMs));
  const repeated = median(again.map(({ releaseMs }) => releaseMs));
  const isUnchanged = again.every(({ state }) => state === 'unchanged');
  const rows = [
    ['slipway, gate and release', seconds(all)],
    ['slipway, the floating tags', seconds(window)],
    ['slipway, the release again', seconds(repeated)],
    ...[...beside].map(([name, ms]) => [name, seconds(median(ms))]),
  ];
  return report(`release: 28 tags on 14 images at 40 ms, medians of ${work.rounds}`, rows, [
    { promise: 'gate and release below 3.0 s', found: seconds(all), isMet: all < 3000 },
    { promise: 'the floating tags move within 1.0 s', found: seconds(window), isMet: window < 1000 },
    { promise: 'again: no write', found: `${writes} writes`, isMet: writes === 0 && isUnchanged },
    { promise: 'again: below 1.0 s', found: seconds(repeated), isMet: repeated < 1000 },
  ]);
}

async function benchMany(work: ReleaseBench, client: RegistryClient, count: number): Promise<boolean> {
  // A registry in memory and in another process: what is measured is ours.
  await using registry = await startCraneRegistry(work.lab);
  const task: ReleaseTask = { prefix: `${registry.host}/many`, version: '1.0.0', count, isGated: false };
  await seed(client, task);
  const { releaseMs, peakKiB } = await ran(work, task);
  const memory = peakKiB / 1024;
  const promises: Target[] = [
    { promise: 'below 60 s', found: seconds(releaseMs), isMet: releaseMs < 60_000 },
    { promise: 'below 200 MB', found: `${memory.toFixed(0)} MB`, isMet: memory < 200 },
  ];
  return report(
    `release: ${count * 2} tags on ${count} images on loopback`,
    [['slipway', seconds(releaseMs)]],
    promises,
  );
}

/** Puts the images of a release where it finds them, each with its record. */
async function seed(client: RegistryClient, task: ReleaseTask): Promise<void> {
  const { images, records } = benchRelease(task);
  await inParallel([...images.entries()], 8, async ([place, { repository, made }]) => {
    await writeMade(repositoryContent(client, repository), made);
    const record = records[place];
    if (task.isGated && record !== undefined) await attachRecord(client, repository, record, [made.descriptor]);
  });
}

let runs = 0;

async function ran(work: ReleaseBench, task: ReleaseTask): Promise<ReleaseRan> {
  runs += 1;
  const file = path.join(work.folder, `release-${runs}.json`);
  await writeFile(file, JSON.stringify(task));
  // As a bundle: a loader in the process would be a part of its memory.
  const bundled = await work.bundled;
  return JSON.parse((await timedWell({ program: process.execPath, args: [bundled, file], env: work.env })).stdout);
}

/** Other tools give the same images two other tags. */
async function besides(
  work: ReleaseBench,
  proxy: FaultProxy,
  { name, beside }: { readonly name: string; readonly beside: ReadonlyMap<string, number[]> },
): Promise<void> {
  const { images } = benchRelease({ prefix: `${proxy.host}/${name}`, version: '1.0.1', count: 14, isGated: true });
  const set = images.map(({ repository, made }) => ({
    ...{ repository, digest: made.manifest.digest },
    path: repository.slice(proxy.host.length + 1),
  }));
  for (const tool of tagTools(work)) {
    const times = beside.get(tool.name);
    if (times === undefined) continue;
    const given = {
      images: set,
      tags: [`${times.length}-a-${tool.name.length}`, `${times.length}-b-${tool.name.length}`] as const,
    };
    times.push(await tool.give({ ...given, tags: [given.tags[0], given.tags[1]] }));
    await tool.cleanUp?.({ ...given, tags: [given.tags[0], given.tags[1]] });
  }
}
