import { mkdir } from 'node:fs/promises';
import { bridgeName } from './bridge.ts';
import { CLASSIC_ENGINE, ensureClassicEngine } from './classic-engine.ts';
import { ensureDockerConfig, REMOTE_BUILDER } from './docker-config.ts';
import { enableEmulation } from './emulation.ts';
import { ensureEngine, type ForeignEngine, findForeignEngine } from './engine.ts';
import { containerdIn } from './engine-service.ts';
import { LabError, MISSING_PREREQUISITE } from './lab-error.ts';
import type { Layout } from './layout.ts';
import { withLock } from './lock.ts';
import { say, timed } from './progress.ts';
import { accessLog, DEBIAN_REGISTRY, ensureRegistry } from './registry.ts';
import { ensureSecondBuilder } from './second-builder.ts';
import { recordedService } from './service.ts';
import { publishStandIns, standIns } from './stand-ins.ts';
import { type LabState, type Service, writeJson } from './state.ts';
import { ensureSystemPackages, isRoot } from './system-packages.ts';
import { ensureTool } from './tool-cache.ts';
import { ensureToolbox, type Toolbox } from './toolbox.ts';

/** Brings everything up that is not up yet. */
export async function up(layout: Layout): Promise<void> {
  await withLock(layout.lockFile, layout.root, () => timed('everything', 'up', () => bringUp(layout)));
}

async function bringUp(layout: Layout): Promise<void> {
  const foreign = recordedService(layout, 'dockerd') === undefined ? await findForeignEngine(layout) : undefined;
  if (foreign === undefined && !isRoot()) {
    throw new LabError(
      'no engine answers and only root can start one: install Docker Engine with buildx, or use sudo',
      MISSING_PREREQUISITE,
    );
  }
  await ensureSystemPackages();
  const tools = await ensureToolbox(layout, { engine: foreign === undefined, foreignBuildx: foreign?.buildx });
  const emulation = await enableEmulation();
  await mkdir(layout.socketDir, { recursive: true, mode: 0o700 });
  const mirror = await ensureRegistry(layout, 'mirror', DEBIAN_REGISTRY);
  const registry = await ensureRegistry(layout, 'registry', DEBIAN_REGISTRY);
  const registry3 = await ensureRegistry(layout, 'registry3', tools.distribution);
  const layouts = await ensureTool(layout.cacheDir, standIns(tools.crane, mirror.address));
  await publishStandIns(tools.crane, mirror.address, layouts);
  const engine = await ensureOwnEngine(layout, tools, mirror.address, foreign);
  // Only beside an engine of ours: where people have one, the lab runs none as root.
  const classic = engine === undefined ? undefined : await ensureClassicEngine(layout, mirror.address);
  const builder = await ensureSecondBuilder(layout, tools, { mirror: mirror.address, registry: registry.address });
  const host = foreign?.host ?? engine?.address ?? '';
  await ensureDockerConfig(layout, tools, { host, remote: builder?.address });
  const processes = [mirror, registry, registry3, engine, classic, builder].filter((service) => service !== undefined);
  // The last step: who finds the file may rely on everything in it.
  await writeJson(
    layout.stateFile,
    stateOf(layout, tools, { host, owned: engine !== undefined, emulation, processes }),
  );
}

async function ensureOwnEngine(
  layout: Layout,
  tools: Toolbox,
  mirror: string,
  foreign: ForeignEngine | undefined,
): Promise<Service | undefined> {
  if (foreign !== undefined) {
    say(`using the engine at ${foreign.host}; it knows nothing of the mirror at ${mirror}`);
    return undefined;
  }
  // The firewall's programs are in sbin, which is not in everybody's PATH.
  return ensureEngine(layout, tools.dockerd, mirror, `${tools.path}:${process.env.PATH}:/usr/sbin:/sbin`);
}

interface Running {
  readonly host: string;
  readonly owned: boolean;
  readonly emulation: readonly string[];
  readonly processes: readonly Service[];
}

function stateOf(layout: Layout, tools: Toolbox, { host, owned, emulation, processes }: Running): LabState {
  const addressOf = (name: string): string | undefined => processes.find((service) => service.name === name)?.address;
  const remote = addressOf('buildkitd') ?? null;
  const classic = addressOf(CLASSIC_ENGINE);
  const { act, crane, regctl, ctr, skopeo, distribution, actionlint, zizmor, hadolint, docker, buildctl, osvScanner } =
    tools;
  return {
    docker: { host, owned },
    classic: classic === undefined ? null : { host: classic },
    containerd: owned ? { address: containerdIn(layout.socketDir) } : null,
    dockerConfig: layout.dockerConfig,
    path: tools.path,
    registry: addressOf('registry') ?? '',
    registryAccessLog: accessLog(layout, 'registry'),
    registry3: addressOf('registry3') ?? '',
    registry3AccessLog: accessLog(layout, 'registry3'),
    mirror: addressOf('mirror') ?? '',
    buildkit: { remote },
    builders: { engine: 'default', remote: remote === null ? null : REMOTE_BUILDER },
    emulation,
    node24: tools.node24,
    network: owned ? bridgeName(layout, 'engine') : null,
    socketDir: layout.socketDir,
    tools: {
      act,
      crane,
      regctl,
      ctr,
      skopeo,
      distribution,
      actionlint,
      zizmor,
      hadolint,
      docker,
      buildctl,
      osvScanner,
    },
    processes,
  };
}
