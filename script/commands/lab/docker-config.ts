import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { attempt, run } from './command.ts';
import type { Layout } from './layout.ts';

/** The name of the builder on the second BuildKit. */
export const REMOTE_BUILDER = 'lab-remote';

/** A docker configuration of the lab's own: nobody's logins, our buildx and the two builders. */
export async function ensureDockerConfig(
  layout: Layout,
  docker: string,
  host: string,
  buildx: string,
  remote: string | undefined,
): Promise<void> {
  const plugins = path.join(layout.dockerConfig, 'cli-plugins');
  await mkdir(plugins, { recursive: true });
  const config = path.join(layout.dockerConfig, 'config.json');
  // Tests may log in here, so a file that is there stays.
  if (!existsSync(config)) await writeFile(config, '{}\n');
  const plugin = path.join(plugins, 'docker-buildx');
  await rm(plugin, { force: true });
  await symlink(buildx, plugin);
  await ensureRemoteBuilder(docker, { ...dockerEnvironment(layout, host) }, remote);
}

/** What makes a docker command talk to the lab and to nothing else. */
export function dockerEnvironment(layout: Layout, host: string): NodeJS.ProcessEnv {
  return {
    DOCKER_HOST: host,
    DOCKER_CONFIG: layout.dockerConfig,
    DOCKER_CONTEXT: undefined,
    BUILDX_BUILDER: undefined,
    BUILDX_CONFIG: undefined,
  };
}

async function ensureRemoteBuilder(docker: string, env: NodeJS.ProcessEnv, remote: string | undefined): Promise<void> {
  const inspected = await attempt(docker, ['buildx', 'inspect', REMOTE_BUILDER], { env });
  const isThere = inspected.exitCode === 0;
  if (isThere && remote !== undefined && inspected.stdout.includes(remote)) return;
  if (isThere) await run(docker, ['buildx', 'rm', '--force', '--keep-state', REMOTE_BUILDER], { env });
  if (remote === undefined) return;
  await run(docker, ['buildx', 'create', '--name', REMOTE_BUILDER, '--driver', 'remote', remote], { env });
}
