import { ConfigError, ToolError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { PrebuildChoices } from './choices.ts';

const packageName = '@devcontainers/cli';
const installMs = 300_000;

/** Another version of the CLI than the one that comes with us, for one run; its scripts for installation do not run. */
export async function installCli(
  { exec }: Pick<Ports, 'exec'>,
  folder: string,
  { version, program }: { readonly version: string; readonly program: string },
): Promise<PrebuildChoices['cli']> {
  if (!/^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(version)) throw noVersion(version);
  const to = `${folder}/cli`;
  const args = ['install', '--prefix', to, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = await exec.run('npm', [...args, `${packageName}@${version}`], { timeoutMs: installMs });
  if (result.exitCode === 0) return { program, args: [`${to}/node_modules/${packageName}/devcontainer.js`], version };
  throw new ToolError({
    code: 'devcontainer-cli-missing',
    what: `npm did not install ${packageName} ${version} (exit code ${result.exitCode}): ${result.stderr.trim().split('\n')[0]?.slice(0, 300) ?? ''}`,
    where: 'cli-version',
    state: 'nothing was built',
    next: 'is there such a version, and does this machine reach the registry of npm? Leave cli-version out to use the one that comes with Slipway',
  });
}

function noVersion(version: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-cli-version',
    what: `${JSON.stringify(version.slice(0, 80))} is no exact version of ${packageName}`,
    where: 'cli-version',
    state: 'nothing was done',
    next: 'write one such as 0.89.0, so that the same one runs every time',
  });
}
