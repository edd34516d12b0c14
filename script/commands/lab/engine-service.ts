import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Bridge, type BridgeRole, ensureBridge } from './bridge.ts';
import type { Layout } from './layout.ts';
import { answersPing } from './ping.ts';
import { stopOrphans } from './process-stop.ts';
import { ensureService } from './service.ts';
import type { Service } from './state.ts';

/** One of this checkout's engines: what it has to itself and how it differs. */
export interface EnginePlan {
  readonly name: string;
  readonly program: string;
  readonly bridge: BridgeRole;
  /** Its images and containers. */
  readonly dataRoot: string;
  /** Its socket, pid file and exec root. */
  readonly runFolder: string;
  readonly toolPath: string;
  readonly mirror: string;
  readonly userlandProxy: boolean;
  /** Options that other engines do not know or must not have. */
  readonly options: Readonly<Record<string, string>>;
}

/** Where an engine listens. */
export function socketIn(runFolder: string): string {
  return path.join(runFolder, 'docker.sock');
}

/** Where the containerd listens that an engine starts for itself. */
export function containerdIn(runFolder: string): string {
  return path.join(execRoot(runFolder), 'containerd', 'containerd.sock');
}

/** Runs an engine apart from any other in sockets, data, bridge and addresses. */
export async function ensureEngineService(layout: Layout, plan: EnginePlan): Promise<Service> {
  const bridge = await ensureBridge(layout, plan.bridge);
  const config = path.join(layout.stateDir, 'daemon.json');
  // Without a file of our own the engine would read the machine's /etc/docker/daemon.json.
  await writeFile(config, '{}\n');
  const socket = socketIn(plan.runFolder);
  return ensureService(layout, {
    name: plan.name,
    command: [plan.program, '--config-file', config, ...engineOptions(plan, bridge)],
    env: { PATH: plan.toolPath },
    address: `unix://${socket}`,
    isReady: () => answersPing(socket),
    beforeStart: async () => {
      await mkdir(plan.dataRoot, { recursive: true });
      await mkdir(plan.runFolder, { recursive: true });
      // After a kill -9 its pid may be somebody else's by now, and the engine would refuse to start.
      await rm(pidFileIn(plan.runFolder), { force: true });
      // It outlives a killed engine, and the next engine would wait for it in vain for ten seconds.
      await stopOrphans('containerd', execRoot(plan.runFolder));
      // The same goes for one that has ended and whose parent has not asked how: its pid still answers.
      await rm(path.join(path.dirname(containerdIn(plan.runFolder)), 'containerd.pid'), { force: true });
    },
  });
}

/** What an engine is told. */
export function engineOptions(plan: EnginePlan, bridge: Bridge): readonly string[] {
  const options = {
    host: `unix://${socketIn(plan.runFolder)}`,
    'data-root': plan.dataRoot,
    'exec-root': execRoot(plan.runFolder),
    pidfile: pidFileIn(plan.runFolder),
    bridge: bridge.name,
    mtu: bridge.mtu,
    'default-address-pool': bridge.pool,
    'registry-mirror': `http://${plan.mirror}`,
    'userland-proxy': String(plan.userlandProxy),
    // `docker run --init` needs one; the engine's own docker-init is tini by another name.
    'init-path': '/usr/bin/tini-static',
    ...plan.options,
  };
  return Object.entries(options).map(([name, value]) => `--${name}=${value}`);
}

function pidFileIn(runFolder: string): string {
  return path.join(runFolder, 'docker.pid');
}

function execRoot(runFolder: string): string {
  return path.join(runFolder, 'exec');
}
