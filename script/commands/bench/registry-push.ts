import path from 'node:path';
import { startDebian } from '../../../test/support/fault-proxy/debian-registry.ts';
import { startFaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { ScriptError } from '../script.ts';
import { median } from './interleaved.ts';
import type { Bench } from './registry.ts';
import { timedWell } from './registry-child.ts';
import { makeLargeImage } from './registry-large-image.ts';
import { mebibytes, report, seconds } from './registry-report.ts';

const IMAGE_MIB = 1024;
const LEAST_SPEED = 0.9;
const MOST_MIB = 150;
const AGAIN_LIMIT_MS = 500;

interface Tool {
  readonly name: string;
  push(repository: string): Promise<{ readonly ms: number; readonly peakKiB: number; readonly blobs?: number }>;
}

/** An image of 1 GiB in eight layers, from a layout to a registry on loopback. */
export async function benchPush(bench: Bench): Promise<boolean> {
  const layout = path.join(bench.folder, 'large');
  const digest = await makeLargeImage(bench.ports, layout);
  // A registry of our own: what is pushed goes away with it.
  await using registry = await startDebian();
  const ours: Tool = {
    name: 'slipway',
    push: async (repository) => {
      const { ms, report } = await bench.ours({ kind: 'pushes', atOnce: 1, pushes: [{ layout, repository, digest }] });
      const { blobs = 0, failure } = report.pushes[0] ?? {};
      if (failure !== undefined) throw new ScriptError(failure);
      return { ms, peakKiB: report.peakKiB, blobs };
    },
  };
  const crane: Tool = {
    name: 'crane push',
    push: (repository) => {
      const program = bench.lab.tools.crane;
      return timedWell({ program, args: ['push', layout, `${repository}:again`], env: bench.env });
    },
  };
  const found = [ours, crane].map((tool) => ({ tool, first: [] as number[], again: [] as number[], peakKiB: 0 }));
  for (let round = 1; round <= bench.rounds; round += 1) {
    // Who goes first changes: a registry that still writes to the disk is slower.
    for (const entry of round % 2 === 1 ? found : found.toReversed()) {
      await timedWell({ program: 'sync', args: [], env: bench.env });
      const repository = `${registry.host}/bench/push-${entry.tool.name.slice(0, 5)}-${round}`;
      const first = await entry.tool.push(repository);
      const again = await entry.tool.push(repository);
      entry.first.push(first.ms);
      entry.again.push(again.ms);
      entry.peakKiB = Math.max(entry.peakKiB, first.peakKiB, again.peakKiB);
      console.error(`  round ${round}: ${entry.tool.name} ${seconds(first.ms)}, again ${seconds(again.ms)}`);
    }
  }
  const uploads = await uploadsOfAnother(ours, `http://${registry.host}`);
  const rows = found.map(({ tool, first, again, peakKiB }) => [
    tool.name,
    seconds(median(first)),
    `${Math.round((IMAGE_MIB / median(first)) * 1000)} MiB/s`,
    `peak ${mebibytes(peakKiB)}`,
    `again ${seconds(median(again))}`,
    first.map(seconds).join(' '),
  ]);
  const [mine, theirs] = found.map(({ first }) => median(first));
  const speed = (theirs ?? Number.NaN) / (mine ?? Number.NaN);
  const peakMiB = (found[0]?.peakKiB ?? Number.NaN) / 1024;
  const againMs = median(found[0]?.again ?? []);
  return report(`push: 1 GiB in 8 layers, medians of ${bench.rounds}, whole processes`, rows, [
    { promise: `at least ${LEAST_SPEED} of crane's speed`, found: speed.toFixed(2), isMet: speed >= LEAST_SPEED },
    { promise: `below ${MOST_MIB} MiB of memory`, found: `${Math.round(peakMiB)} MiB`, isMet: peakMiB < MOST_MIB },
    { promise: `again below ${seconds(AGAIN_LIMIT_MS)}`, found: seconds(againMs), isMet: againMs < AGAIN_LIMIT_MS },
    { promise: 'again without an upload', found: `${uploads} uploads`, isMet: uploads === 0 },
  ]);
}

/** Pushes once more, past all measures and through a proxy that counts. */
async function uploadsOfAnother(tool: Tool, upstream: string): Promise<number> {
  await using proxy = await startFaultProxy({ upstream });
  await tool.push(`${proxy.host}/bench/push-${tool.name.slice(0, 5)}-1`);
  if (proxy.log.entries.length === 0) throw new ScriptError('the proxy saw no push');
  return proxy.log.writes().length;
}
