import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Layout } from './layout.ts';
import { freePort } from './port.ts';
import { isAlive } from './process-identity.ts';
import { ensureService, outputLog, recordedService } from './service.ts';
import type { Service } from './state.ts';

/** Debian's package of the 2.8 line. */
export const DEBIAN_REGISTRY = 'docker-registry';

/** A registry with deletion and an access log; one is the mirror, and each line of Distribution has one for pushes. */
export async function ensureRegistry(layout: Layout, name: string, program: string): Promise<Service> {
  const recorded = recordedService(layout, name);
  const recordedPort = recorded === undefined ? undefined : Number(recorded.address.split(':')[1]);
  const isRunning = recorded !== undefined && isAlive(recorded);
  const port = isRunning && recordedPort !== undefined ? recordedPort : await freePort(recordedPort);
  const address = `127.0.0.1:${port}`;
  const folder = path.join(layout.stateDir, name);
  const config = path.join(folder, 'config.json');
  await mkdir(folder, { recursive: true });
  await writeFile(config, JSON.stringify(registryConfig(address, path.join(folder, 'storage'))));
  return ensureService(layout, {
    name,
    command: [program, 'serve', config],
    // Distribution 3 would look for a collector of traces, and fill its log with not finding one.
    env: { OTEL_TRACES_EXPORTER: 'none' },
    address,
    isReady: () => answers(`http://${address}/v2/`),
  });
}

/** Which clients asked for what, in Apache's combined format. */
export function accessLog(layout: Layout, name: string): string {
  return outputLog(layout, name);
}

/** The registry reads YAML, of which JSON is a part. */
function registryConfig(address: string, storage: string): unknown {
  return {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: address },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
