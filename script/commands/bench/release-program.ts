import { readFileSync } from 'node:fs';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { settlingHttp } from '../../../src/clients/registry/watched.ts';
import { gate } from '../../../src/stages/gate.ts';
import { release } from '../../../src/stages/release.ts';
import { benchRelease, type ReleaseTask } from './release-set.ts';

/** What the program prints at its end. */
export interface ReleaseRan {
  readonly state: string;
  readonly gateMs: number;
  readonly releaseMs: number;
  readonly windowMs: number;
  readonly peakKiB: number;
}

const task: ReleaseTask = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
await using created = createPorts();
const quiet = { ...created.log, info: () => {} };
const ports = { ...created, log: quiet };
const { plan, gated: set } = benchRelease(task);
const registry = createRegistryClient(ports);
const startMs = performance.now();
if (task.isGated) {
  const verdict = await gate({ registry }, { plan, set });
  if (verdict.state !== 'match')
    throw new Error(`the gate says ${verdict.state}: ${JSON.stringify(verdict.images[0])}`);
}
const gatedMs = performance.now();
const settling = () => createRegistryClient({ ...ports, http: settlingHttp(ports.http) });
const report = await release({ ...ports, registry, settling }, { plan, set }, 'all');
const ran: ReleaseRan = {
  state: report.state,
  gateMs: gatedMs - startMs,
  releaseMs: performance.now() - gatedMs,
  windowMs: report.windowMs ?? 0,
  peakKiB: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]),
};
console.log(JSON.stringify(ran));
