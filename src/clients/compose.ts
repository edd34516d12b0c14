import { ConfigError, RefusedError, ToolError } from '../domain/errors.ts';
import type { Exec } from '../ports/exec.ts';
import { lastLine } from './engine-failure.ts';

/** Services that run; disposing of them removes them with their volumes and networks. */
export interface Services extends AsyncDisposable {
  /** The network by which they are reached. */
  readonly network: string;
}

/** The name of a project that is an owner's, by which what a killed run left is found and removed. */
export function projectOf(owner: string, more: string): string {
  return `slipway-${owner.toLowerCase().replace(/[^a-z0-9-]/g, '-')}-${more}`;
}

const state = 'the test did not run, and nothing of this image was published';
const startSeconds = 300;

/** Starts the services of a compose file under a project name that nobody else has, and waits until they are healthy. */
export async function startServices(
  exec: Exec,
  { file, project, folder }: { readonly file: string; readonly project: string; readonly folder: string },
): Promise<Services> {
  const version = await exec.run('docker', ['compose', 'version'], { timeoutMs: 30_000 });
  if (version.exitCode !== 0) {
    throw new ToolError({
      code: 'compose-missing',
      what: 'a test has services, and there is no `docker compose`',
      where: file,
      state,
      next: 'install the compose plugin of Docker, version 2 or newer',
    });
  }
  const compose = ['compose', '--file', file, '--project-name', project];
  const remove = async (): Promise<void> => {
    const args = [...compose, 'down', '--volumes', '--remove-orphans', '--timeout', '10'];
    await exec.run('docker', args, { cwd: folder, timeoutMs: 120_000, cleanup: true });
  };
  try {
    const args = [...compose, 'up', '--detach', '--wait', '--wait-timeout', `${startSeconds}`];
    const up = await exec.run('docker', args, { cwd: folder, timeoutMs: (startSeconds + 600) * 1000 });
    if (up.exitCode !== 0) {
      throw new RefusedError({
        code: 'services-failed',
        what: `the services of a test did not start: ${lastLine(up.stderr)}`,
        where: file,
        state,
        next: 'does `docker compose up --wait` start them?',
      });
    }
    return { network: await networkOf(exec, file, project), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function networkOf(exec: Exec, file: string, project: string): Promise<string> {
  const filter = `label=com.docker.compose.project=${project}`;
  const listed = await exec.run('docker', ['network', 'ls', '--filter', filter, '--format', '{{.Name}}'], {
    timeoutMs: 30_000,
  });
  const names = listed.stdout.split('\n').filter((name) => name !== '');
  const network = names.find((name) => name === `${project}_default`) ?? names[0];
  if (network !== undefined) return network;
  throw new ConfigError({
    code: 'services-unreachable',
    what: 'the services of a test have no network that it could join',
    where: file,
    state,
    next: 'leave out network_mode, or give the services a network',
  });
}

/** Removes what the services of an owner left behind, and tells how many containers there were. */
export async function removeServices(exec: Exec, owner: string): Promise<number> {
  const filter = `name=${projectOf(owner, '')}`;
  const remove = async (list: readonly string[], removal: readonly string[]): Promise<number> => {
    const listed = await exec.run('docker', [...list, '--quiet', '--filter', filter], {
      timeoutMs: 60_000,
      cleanup: true,
    });
    const names = listed.stdout.split('\n').filter((name) => name !== '');
    if (names.length > 0) await exec.run('docker', [...removal, ...names], { timeoutMs: 120_000, cleanup: true });
    return names.length;
  };
  const containers = await remove(['ps', '--all'], ['rm', '--force', '--volumes']);
  await remove(['network', 'ls'], ['network', 'rm']);
  await remove(['volume', 'ls'], ['volume', 'rm', '--force']);
  return containers;
}
