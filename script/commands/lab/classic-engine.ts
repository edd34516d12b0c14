import path from 'node:path';
import { ensureEngineService } from './engine-service.ts';
import type { Layout } from './layout.ts';
import { ensureOptionalService } from './optional-service.ts';
import { classicEngine } from './recipes/classic-engine.ts';
import type { Service } from './state.ts';
import { ensureTool, programOf } from './tool-cache.ts';

/** The name of its service. */
export const CLASSIC_ENGINE = 'dockerd-classic';

/** Runs the oldest engine that people still have, with the classic image store, beside our first. */
export async function ensureClassicEngine(layout: Layout, mirror: string): Promise<Service | undefined> {
  return ensureOptionalService(layout, { service: CLASSIC_ENGINE, title: 'classic engine' }, async () => {
    await ensureTool(layout.cacheDir, classicEngine);
    const program = programOf(layout.cacheDir, classicEngine, 'dockerd');
    return ensureEngineService(layout, {
      name: CLASSIC_ENGINE,
      program,
      bridge: 'classic',
      dataRoot: path.join(layout.stateDir, 'engine-classic'),
      runFolder: path.join(layout.socketDir, 'classic'),
      // Its own containerd, shim and runc come first: the lab's are years younger.
      toolPath: `${path.dirname(program)}:${process.env.PATH}:/usr/sbin:/sbin`,
      mirror,
      // With the firewall left alone this is what publishes ports.
      userlandProxy: true,
      // An engine empties the chains that all engines share, and this one knows no option to spare them.
      options: { iptables: 'false', 'ip-masq': 'false' },
    });
  });
}
