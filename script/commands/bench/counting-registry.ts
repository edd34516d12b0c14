import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '../../../test/support/desk.ts';
import { startDebian } from '../../../test/support/fault-proxy/debian-registry.ts';

/** What a registry was sent and has sent since it was started. */
export interface RegistryCounts {
  /** Layers and other blobs that came. */
  readonly uploads: number;
  readonly sentBytes: number;
}

/** A registry that counts by its own log, so that nothing stands between it and who is measured. */
export interface CountingRegistry extends AsyncDisposable {
  readonly host: string;
  counts(): Promise<RegistryCounts>;
}

/** Starts an empty one. */
export async function startCounting(): Promise<CountingRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-log-'));
  const accessLog = path.join(folder, 'access');
  const registry = await startDebian({ accessLog });
  const { host } = registry;
  return {
    host,
    async counts() {
      // The log is complete up to the request that we made last.
      const marker = `marker-${randomBytes(6).toString('hex')}`;
      await fetch(`http://${host}/v2/${marker}/tags/list`);
      const text = await eventually(
        () => readFile(accessLog, 'utf8'),
        (log) => log.includes(marker),
      );
      const requests = [...text.matchAll(/"([A-Z]+) (\S+) HTTP[^"]*" \d+ (\d+)/g)];
      return {
        uploads: requests.filter(([, method, asked]) => method === 'PUT' && asked?.includes('/blobs/uploads/')).length,
        sentBytes: requests.reduce((sum, [, , , bytes]) => sum + Number(bytes), 0),
      };
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
