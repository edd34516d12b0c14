import { rm } from 'node:fs/promises';
import { removeBridges } from './bridge.ts';
import { CLASSIC_ENGINE } from './classic-engine.ts';
import type { Layout } from './layout.ts';
import { withLock } from './lock.ts';
import { unmountUnder } from './mounts.ts';
import { isAlive } from './process-identity.ts';
import { stopOrphans, stopProcess } from './process-stop.ts';
import { say, timed } from './progress.ts';
import { recordedServices, STOP_GRACE_MS } from './service.ts';

/** Engines first: they may still talk to the registries. */
const STOP_ORDER: readonly string[] = [CLASSIC_ENGINE, 'dockerd', 'buildkitd', 'registry3', 'registry', 'mirror'];

/** Stops what this checkout has started and removes its state; the cache of tools stays. */
export async function down(layout: Layout): Promise<void> {
  await withLock(layout.lockFile, layout.root, async () => {
    const services = [...recordedServices(layout)].sort(
      (left, right) => STOP_ORDER.indexOf(left.name) - STOP_ORDER.indexOf(right.name),
    );
    for (const service of services) {
      if (!isAlive(service)) say(`${service.name} … was not running`);
      else await timed(`${service.name} (pid ${service.pid})`, 'stopped', () => stopProcess(service, STOP_GRACE_MS));
    }
    for (const program of ['containerd', 'containerd-shim-runc-v2']) await stopOrphans(program, layout.socketDir);
    await removeBridges(layout);
    for (const folder of [layout.socketDir, layout.stateDir]) {
      await unmountUnder(folder);
      await rm(folder, { recursive: true, force: true });
    }
    say('down');
  });
}
