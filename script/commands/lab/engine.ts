import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Bridge, ensureBridge } from './bridge.ts';
import { attempt } from './command.ts';
import type { Layout } from './layout.ts';
import { answersPing } from './ping.ts';
import { stopOrphans } from './process-stop.ts';
import { ensureService } from './service.ts';
import type { Service } from './state.ts';

/** An engine that somebody else runs on this machine. */
export interface ForeignEngine {
  readonly host: string;
  /** Its buildx, if its client has one. */
  readonly buildx: string | undefined;
}

/** The socket of this checkout's own engine. */
export function engineSocket(layout: Layout): string {
  return path.join(layout.socketDir, 'docker.sock');
}

/** Looks for a working engine, the way the docker command does; our own does not count. */
export async function findForeignEngine(layout: Layout): Promise<ForeignEngine | undefined> {
  if (process.env.DOCKER_HOST === `unix://${engineSocket(layout)}`) return undefined;
  // A plugin may be there more than once; the client lists the one it uses.
  const format = '{{.ServerVersion}}{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}} {{.Path}}{{end}}{{end}}';
  const info = await attempt('docker', ['info', '--format', format]);
  const [version, buildx] = info.stdout.trim().split(' ');
  if (info.exitCode !== 0 || !version || !/^\d/.test(version)) return undefined;
  const context = await attempt('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  const host = process.env.DOCKER_HOST || context.stdout.trim() || 'unix:///var/run/docker.sock';
  return { host, buildx: buildx !== undefined && existsSync(buildx) ? buildx : undefined };
}

/** Runs our own engine, apart from any other in sockets, data, bridge and addresses. */
export async function ensureEngine(
  layout: Layout,
  dockerd: string,
  mirror: string,
  toolPath: string,
): Promise<Service> {
  const bridge = await ensureBridge(layout);
  const config = path.join(layout.stateDir, 'daemon.json');
  // Without a file of our own the engine would read the machine's /etc/docker/daemon.json.
  await writeFile(config, '{}\n');
  const socket = engineSocket(layout);
  const pidFile = path.join(layout.socketDir, 'docker.pid');
  return ensureService(layout, {
    name: 'dockerd',
    command: [dockerd, '--config-file', config, ...engineArguments(layout, socket, pidFile, bridge, mirror)],
    env: { PATH: toolPath },
    address: `unix://${socket}`,
    isReady: () => answersPing(socket),
    beforeStart: async () => {
      await mkdir(path.join(layout.stateDir, 'engine'), { recursive: true });
      // After a kill -9 its pid may be somebody else's by now, and the engine would refuse to start.
      await rm(pidFile, { force: true });
      // It outlives a killed engine, and the next engine would wait for it in vain for ten seconds.
      await stopOrphans('containerd', layout.socketDir);
    },
  });
}

function engineArguments(
  layout: Layout,
  socket: string,
  pidFile: string,
  bridge: Bridge,
  mirror: string,
): readonly string[] {
  const options = {
    host: `unix://${socket}`,
    'data-root': path.join(layout.stateDir, 'engine'),
    'exec-root': path.join(layout.socketDir, 'exec'),
    pidfile: pidFile,
    bridge: bridge.name,
    mtu: bridge.mtu,
    'default-address-pool': bridge.pool,
    'registry-mirror': `http://${mirror}`,
    'userland-proxy': 'false',
    // `docker run --init` needs one; the engine's own docker-init is tini by another name.
    'init-path': '/usr/bin/tini-static',
    // A second engine empties the firewall chains that all engines share. Where the policy stays
    // "accept", containers of the first keep their way out.
    'ip-forward-no-drop': 'true',
  };
  return Object.entries(options).map(([name, value]) => `--${name}=${value}`);
}
