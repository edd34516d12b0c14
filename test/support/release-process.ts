import { readFileSync, writeFileSync } from 'node:fs';
import { createPorts } from '../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../src/clients/registry/client.ts';
import { settlingHttp } from '../../src/clients/registry/watched.ts';
import { CancelledError } from '../../src/domain/errors.ts';
import type { Http } from '../../src/ports/http.ts';
import { release } from '../../src/stages/release.ts';
import { madeRelease } from './release-set.ts';

/** What a release in a process of its own is to do, and at which point something happens to it. */
export interface ReleaseTask {
  readonly prefix: string;
  readonly version: string;
  readonly count: number;
  /** A second registry; then its last image is an index. */
  readonly further?: string;
  /** Where it writes its journal. */
  readonly journal: string;
  /** The point, from 1; with 0 nothing happens, and the labels of all points are printed. */
  readonly point: number;
  readonly signal: 'SIGKILL' | 'SIGINT';
}

const task: ReleaseTask = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
await using ports = createPorts();
const labels: string[] = [];

/** Every request is two points: just before it, and just after its answer. */
function atPoint(label: string): void {
  labels.push(label);
  // A signal to ourselves is there when this returns: nothing of us runs after SIGKILL.
  if (labels.length === task.point) process.kill(process.pid, task.signal);
}

const http: Http = {
  async send(request) {
    const label = `${request.method} ${new URL(request.url).pathname.replace(/^\/v2\//, '').replace(/sha256:[0-9a-f]{64}/, 'DIGEST')}`;
    atPoint(`before ${label}`);
    const response = await ports.http.send(request);
    atPoint(`after ${label}`);
    return response;
  },
};
const registry = createRegistryClient({ ...ports, http });
const clock = ports.clock.settling ?? ports.clock;
const settling = () => createRegistryClient({ ...ports, clock, http: settlingHttp(http) });
const work = {
  ...madeRelease(task.version, { ...task, endsInIndex: task.further !== undefined }),
  facts: {
    keepJournal: async (journal: unknown) => {
      writeFileSync(task.journal, JSON.stringify(journal));
      atPoint('after the journal');
    },
  },
};
try {
  const report = await release({ ...ports, registry, settling }, work, 'all');
  console.log(JSON.stringify({ state: report.state, labels }));
} catch (error) {
  if (!(error instanceof CancelledError)) throw error;
  console.log(JSON.stringify({ state: 'cancelled', labels }));
  process.exitCode = error.exitCode;
}
