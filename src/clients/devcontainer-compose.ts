import { ConfigError, ToolError } from '../domain/errors.ts';
import type { Exec } from '../ports/exec.ts';
import { lastLine } from './engine-failure.ts';

const state = 'nothing was built';

/** What compose makes of these files, as JSON: variables put in, extensions resolved, paths of the machine, of every profile. */
export async function readComposeConfig(
  exec: Exec,
  {
    files,
    folder,
    configFile,
  }: { readonly files: readonly string[]; readonly folder: string; readonly configFile: string },
): Promise<string> {
  const named = files.flatMap((file) => ['--file', `${folder}/${file}`]);
  // What env_file gives is not put in: those files may hold what nobody wants to see.
  const args = ['compose', ...named, '--profile', '*', 'config', '--format', 'json', '--no-env-resolution'];
  const config = await exec.run('docker', args, { cwd: folder, timeoutMs: 60_000 });
  if (config.exitCode === 0) return config.stdout;
  const version = await exec.run('docker', ['compose', 'version'], { timeoutMs: 30_000 });
  if (version.exitCode !== 0) {
    throw new ToolError({
      code: 'compose-missing',
      what: 'the dev container starts services, and there is no `docker compose`',
      where: configFile,
      state,
      next: 'install the compose plugin of Docker, version 2.30 or newer',
    });
  }
  throw new ConfigError({
    code: 'devcontainer-compose-invalid',
    what: `compose cannot read ${files.join(', ')}: ${lastLine(config.stderr)}`,
    where: { file: configFile },
    state,
    next: 'what does `docker compose --file FILE config` say? Compose has to be 2.30 or newer',
  });
}
