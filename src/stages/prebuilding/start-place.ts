import { joinPath } from '../../domain/path.ts';
import type { Ports } from '../../ports/ports.ts';

/**
 * The folder that git says a repository is in, as the CLI asks it. Undefined where docker is another program under that name, or
 * gives containers variables by itself: what a start comes to is known to the CLI alone then.
 */
export async function startPlaceOf(
  { exec, files }: Pick<Ports, 'exec' | 'files'>,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const config = joinPath(env.DOCKER_CONFIG ?? `${env.HOME ?? ''}/.docker`, 'config.json');
  const [docker, git, text] = await Promise.all([
    exec.run('docker', ['-v'], { timeoutMs: 30_000 }),
    exec.run('git', ['rev-parse', '--show-cdup'], { cwd: folder, timeoutMs: 30_000 }),
    files.readText(config),
  ]);
  if (!/^docker/i.test(docker.stdout) || text?.includes('"proxies"')) return undefined;
  const up = git.exitCode === 0 ? git.stdout.trim() : '';
  if (!/^(?:\.\.\/)*$/.test(up)) return undefined;
  const depth = up.length / '../'.length;
  return depth === 0 ? folder : folder.split('/').slice(0, -depth).join('/');
}
