import { sizeText } from '../domain/byte-size.ts';
import { ToolError } from '../domain/errors.ts';
import { joinPath } from '../domain/path.ts';
import type { Env } from '../ports/env.ts';
import type { Ports } from '../ports/ports.ts';

/** With less than this not even a small image goes through all its steps. */
const leastBytes = 200 * 1024 * 1024;
const wantedBytes = 1024 ** 3;

export type SpacePorts = Pick<Ports, 'files' | 'exec' | 'env' | 'log'>;

/** Looks, before anything is built, at the disks that a run fills: too little is refused, and little is said. */
export async function requireSpace(ports: SpacePorts, runFolder: string): Promise<void> {
  const root = isLocal(ports.env) ? await engineRoot(ports) : undefined;
  const disks = [{ path: runFolder, what: 'the images of a run' }];
  if (root !== undefined) disks.push({ path: root, what: 'the engine' });
  for (const { path, what } of disks) {
    const free = await ports.files.freeBytes(path);
    if (free < leastBytes) throw tooLittle(path, what, free);
    if (free < wantedBytes)
      ports.log.warning(`only ${sizeText(free)} are free on the disk of ${what}, ${path}; a build may need more`);
  }
}

/** Says how much a run has put on the disk; as nothing of it is removed before its end, this is the most that it needed. */
export async function tellUse({ files, log }: Pick<Ports, 'files' | 'log'>, runFolder: string): Promise<number> {
  const [used, free] = [await bytesBelow(files, runFolder), await files.freeBytes(runFolder)];
  log.info(`this run put ${sizeText(used)} on the disk, which has ${sizeText(free)} left`);
  return used;
}

async function bytesBelow(files: Pick<Ports['files'], 'list' | 'facts'>, folder: string): Promise<number> {
  let sum = 0;
  for (const { name, kind } of await files.list(folder)) {
    const path = joinPath(folder, name);
    sum += kind === 'folder' ? await bytesBelow(files, path) : ((await files.facts(path))?.size ?? 0);
  }
  return sum;
}

/** An engine on another machine has a folder of the same name there, which tells nothing of the one here. */
function isLocal({ DOCKER_HOST: host = '', DOCKER_CONTEXT: context = '' }: Env): boolean {
  return (host === '' || host.startsWith('unix://')) && (context === '' || context === 'default');
}

async function engineRoot({ exec, files }: Pick<Ports, 'exec' | 'files'>): Promise<string | undefined> {
  const asked = await exec.run('docker', ['info', '--format', '{{.DockerRootDir}}'], { timeoutMs: 30_000 });
  const root = asked.stdout.trim();
  return asked.exitCode === 0 && root.startsWith('/') && (await files.facts(root)) !== undefined ? root : undefined;
}

function tooLittle(path: string, what: string, free: number): ToolError {
  return new ToolError({
    code: 'disk-space',
    what: `only ${sizeText(free)} are free on the disk of ${what}; at least ${sizeText(leastBytes)} are needed`,
    where: path,
    state: 'nothing was built and nothing was released',
    next: 'free space, for example with `docker system prune`, and run again',
  });
}
