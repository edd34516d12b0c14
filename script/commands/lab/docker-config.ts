import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { attempt, run } from './command.ts';
import type { Layout } from './layout.ts';
import type { Toolbox } from './toolbox.ts';

/** The name of the builder on the second BuildKit. */
export const REMOTE_BUILDER = 'lab-remote';

/** A docker configuration of the lab's own: nobody's logins, our plugins and the two builders. */
export async function ensureDockerConfig(
  layout: Layout,
  tools: Pick<Toolbox, 'docker' | 'buildx' | 'compose'>,
  { host, remote }: { readonly host: string; readonly remote: string | undefined },
): Promise<void> {
  await mkdir(layout.dockerConfig, { recursive: true });
  const config = path.join(layout.dockerConfig, 'config.json');
  // Tests may log in here, so a file that is there stays.
  if (!existsSync(config)) await writeFile(config, '{}\n');
  await linkPlugins(path.join(layout.dockerConfig, 'cli-plugins'), tools);
  await ensureRemoteBuilder(tools.docker, { ...dockerEnvironment(layout, host) }, remote);
}

/** Puts the plugins where the docker command looks first, so that none of the machine's comes before them. */
export async function linkPlugins(folder: string, tools: Pick<Toolbox, 'buildx' | 'compose'>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, program] of Object.entries({ 'docker-buildx': tools.buildx, 'docker-compose': tools.compose })) {
    const plugin = path.join(folder, name);
    await rm(plugin, { force: true });
    await symlink(program, plugin);
  }
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
