import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { digestOf } from '../../../src/domain/digest.ts';
import { acceptedManifests } from '../../../src/formats/oci.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { createStore } from '../../../src/store/store.ts';
import { startDebian } from '../../../test/support/fault-proxy/debian-registry.ts';
import type { Fault, FaultRule } from '../../../test/support/fault-proxy/fault-script.ts';
import { startFaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { type MadeImage, madeImage, writeMade } from '../../../test/support/made-image.ts';
import type { Bench } from './registry.ts';
import { type FaultTool, type FaultyPush, faultTools, TAG } from './registry-fault-tools.ts';
import { report, seconds } from './registry-report.ts';

const OUR_PUSHES = 200;
const OTHER_PUSHES = 40;
const FAULT_RATE = 0.05;
const LEAST_SUCCESS = 0.99;

const faults: readonly Fault[] = [
  { kind: 'answer', status: 503 },
  { kind: 'slow-down', afterSeconds: 1 },
  { kind: 'reset' },
  { kind: 'reset-response', afterBytes: 20 },
  { kind: 'lost-reply' },
];
const rules: readonly FaultRule[] = faults.map((fault) => ({ rate: FAULT_RATE / faults.length, fault }));

interface Tally {
  readonly tool: FaultTool;
  pushes: number;
  good: number;
  wrong: number;
  requests: number;
  faults: number;
  ms: number;
  readonly failures: string[];
}

/** Pushes of small images while requests go wrong by chance; every tool meets the chance of the same seeds. */
export async function benchFaults(bench: Bench): Promise<boolean> {
  const ofEach = (count: number): number => Math.ceil(count / bench.seeds.length);
  const pushes = await madePushes(bench, ofEach(OUR_PUSHES));
  const tallies = faultTools(bench).map(
    (tool): Tally => ({ tool, pushes: 0, good: 0, wrong: 0, requests: 0, faults: 0, ms: 0, failures: [] }),
  );
  for (const seed of bench.seeds) {
    for (const tally of tallies) {
      const count = ofEach(tally.tool.isOurs === true ? OUR_PUSHES : OTHER_PUSHES);
      await campaign(bench, tally, { seed, pushes: pushes.slice(0, count) });
      console.error(`  seed ${seed}: ${tally.tool.name} ${tally.good} of ${tally.pushes} so far`);
    }
  }
  const rows = tallies.map((tally) => [
    tally.tool.name,
    `${tally.good} of ${tally.pushes}`,
    percent(tally.good / tally.pushes),
    `${tally.wrong} wrong tags`,
    `${tally.faults} faults in ${tally.requests} requests (${percent(tally.faults / tally.requests)})`,
    seconds(tally.ms),
  ]);
  const ours = tallies.filter(({ tool }) => tool.isOurs === true);
  for (const failure of ours.flatMap(({ failures }) => failures)) console.log(`  failed: ${failure}`);
  const success = Math.min(...ours.map(({ good, pushes }) => good / pushes));
  const wrong = ours.reduce((sum, tally) => sum + tally.wrong, 0);
  return report(`faults: pushes with a tag at 5 % faults, seeds ${bench.seeds.join(', ')}`, rows, [
    { promise: `at least ${percent(LEAST_SUCCESS)} succeed`, found: percent(success), isMet: success >= LEAST_SUCCESS },
    { promise: 'no tag names what it should not', found: `${wrong} wrong`, isMet: wrong === 0 },
  ]);
}

/** A registry of its own for each, so that the names, and by them the chances, are the same for all. */
async function campaign(
  bench: Bench,
  tally: Tally,
  { seed, pushes }: { readonly seed: number; readonly pushes: readonly (FaultyPush & { readonly old: MadeImage })[] },
): Promise<void> {
  const { tool } = tally;
  await using registry = await startDebian();
  await inParallel(pushes, 4, async ({ path: name, old }) => {
    await writeMade(bench.contentAt(`${registry.host}/${name}`), old);
    await putTag(`http://${registry.host}/v2/${name}/manifests/${TAG}`, old);
  });
  await using proxy = await startFaultProxy({ upstream: `http://${registry.host}`, rules, seed });
  const hosts = { faulty: proxy.host, direct: registry.host };
  await tool.prepare?.(pushes, hosts);
  const startMs = performance.now();
  const failures = await tool.push(pushes, proxy.host);
  tally.ms += performance.now() - startMs;
  for (const [place, { path: name, digest, previous }] of pushes.entries()) {
    const failure = failures[place];
    const named = await tagAt(`http://${registry.host}/v2/${name}/manifests/${TAG}`);
    const isRight = named === digest || (failure !== undefined && named === previous);
    if (failure !== undefined) tally.failures.push(`seed ${seed}, ${name}: ${failure}`);
    if (failure === undefined && isRight) tally.good += 1;
    if (!isRight) tally.wrong += 1;
  }
  tally.pushes += pushes.length;
  tally.requests += proxy.log.entries.length;
  tally.faults += proxy.log.entries.filter(({ fault }) => fault !== undefined).length;
  await tool.cleanUp?.(pushes, hosts);
}

/** Images of three layers in layouts, each with an older one that its tag names first. */
async function madePushes(bench: Bench, count: number): Promise<(FaultyPush & { readonly old: MadeImage })[]> {
  const pushes: (FaultyPush & { readonly old: MadeImage })[] = [];
  for (let place = 1; place <= count; place += 1) {
    const layers = [1, 2, 3].map((layer) => ({ 'app.txt': `${layer} ${randomBytes(4096).toString('hex')}` }));
    const old = madeImage({ layers: [{ 'app.txt': `old ${place}` }] });
    const made = madeImage({ layers });
    const layout = path.join(bench.folder, `image-${place}`);
    const store = await createStore(bench.ports, layout);
    await writeMade(store, made);
    await store.addEntry(made.descriptor);
    const { digest } = made.manifest;
    pushes.push({ layout, path: `faults/app-${place}`, digest, previous: old.manifest.digest, old });
  }
  return pushes;
}

async function putTag(url: string, { manifest }: MadeImage): Promise<void> {
  const headers = { 'content-type': manifest.mediaType };
  const { ok, status } = await fetch(url, { method: 'PUT', headers, body: manifest.bytes });
  if (!ok) throw new Error(`${url} answered ${status}`);
}

/** By a plain request past the proxy: the digest of the bytes that came. */
async function tagAt(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { accept: acceptedManifests.join(', ') } });
  return answer.ok ? digestOf(new Uint8Array(await answer.arrayBuffer())) : `status ${answer.status}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
