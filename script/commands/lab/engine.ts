import { existsSync } from 'node:fs';
import path from 'node:path';
import { attempt } from './command.ts';
import { ensureEngineService } from './engine-service.ts';
import type { Layout } from './layout.ts';
import type { Service } from './state.ts';

/** An engine that somebody else runs on this machine. */
export interface ForeignEngine {
  readonly host: string;
  /** Its buildx, if its client has one. */
  readonly buildx: string | undefined;
}

/** Looks for a working engine, the way the docker command does; our own do not count. */
export async function findForeignEngine(layout: Layout): Promise<ForeignEngine | undefined> {
  if (process.env.DOCKER_HOST?.startsWith(`unix://${layout.socketDir}/`)) return undefined;
  // A plugin may be there more than once; the client lists the one it uses.
  const format = '{{.ServerVersion}}{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}} {{.Path}}{{end}}{{end}}';
  const info = await attempt('docker', ['info', '--format', format]);
  const [version, buildx] = info.stdout.trim().split(' ');
  if (info.exitCode !== 0 || !version || !/^\d/.test(version)) return undefined;
  const context = await attempt('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  const host = process.env.DOCKER_HOST || context.stdout.trim() || 'unix:///var/run/docker.sock';
  return { host, buildx: buildx !== undefined && existsSync(buildx) ? buildx : undefined };
}

/** Runs our own engine. */
export async function ensureEngine(
  layout: Layout,
  dockerd: string,
  mirror: string,
  toolPath: string,
): Promise<Service> {
  return ensureEngineService(layout, {
    name: 'dockerd',
    program: dockerd,
    bridge: 'engine',
    dataRoot: path.join(layout.stateDir, 'engine'),
    runFolder: layout.socketDir,
    toolPath,
    mirror,
    userlandProxy: false,
    // A second engine empties the firewall chains that all engines share. Where the policy stays
    // "accept", containers of the first keep their way out.
    options: { 'ip-forward-no-drop': 'true' },
  });
}
