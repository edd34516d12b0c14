import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { attempt } from './command.ts';
import type { Layout } from './layout.ts';
import { ensureOptionalService } from './optional-service.ts';
import { accepts } from './ping.ts';
import { say } from './progress.ts';
import { ensureService } from './service.ts';
import type { Service } from './state.ts';
import { isRoot } from './system-packages.ts';

export interface BuildkitPrograms {
  readonly buildkitd: string;
  readonly buildctl: string;
  readonly runc: string;
  readonly path: string;
}

/** Runs BuildKit by itself, beside the engine's own builder; where it cannot run, the lab does without. */
export async function ensureSecondBuilder(
  layout: Layout,
  programs: BuildkitPrograms,
  registries: { readonly mirror: string; readonly registry: string },
): Promise<Service | undefined> {
  if (!isRoot()) {
    say('no second builder: it needs root');
    return undefined;
  }
  return ensureOptionalService(layout, { service: 'buildkitd', title: 'second builder' }, () =>
    startBuilder(layout, programs, registries),
  );
}

/** BuildKit takes any number of mirrors for any registry; plain HTTP has to be said for each. */
export function buildkitConfig(mirror: string, registry: string): string {
  return [
    '[registry."docker.io"]',
    `  mirrors = ["${mirror}"]`,
    ...[mirror, registry].flatMap((address) => [`[registry."${address}"]`, '  http = true']),
    '',
  ].join('\n');
}

async function startBuilder(
  layout: Layout,
  programs: BuildkitPrograms,
  registries: { readonly mirror: string; readonly registry: string },
): Promise<Service> {
  const socket = path.join(layout.socketDir, 'buildkitd.sock');
  const config = path.join(layout.stateDir, 'buildkitd.toml');
  await mkdir(layout.stateDir, { recursive: true });
  await writeFile(config, buildkitConfig(registries.mirror, registries.registry));
  const options = {
    config,
    addr: `unix://${socket}`,
    root: path.join(layout.stateDir, 'buildkit'),
    // The default is one fixed path for the whole machine.
    'otel-socket-path': path.join(layout.socketDir, 'otel.sock'),
    'oci-worker-binary': programs.runc,
    'containerd-worker': 'false',
  };
  return ensureService(layout, {
    name: 'buildkitd',
    command: [programs.buildkitd, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
    // It looks for a "runc" in PATH before it reads which one to use.
    env: { PATH: `${programs.path}:${process.env.PATH}` },
    address: `unix://${socket}`,
    isReady: async () => (await accepts(socket)) && (await hasWorker(programs.buildctl, socket)),
  });
}

async function hasWorker(buildctl: string, socket: string): Promise<boolean> {
  return (await attempt(buildctl, ['--addr', `unix://${socket}`, 'debug', 'workers'])).exitCode === 0;
}
