import type { CacheKeys } from '../domain/devcontainer/venv-key.ts';
import { cacheHit, venvKeys } from '../domain/devcontainer/venv-key.ts';
import { type VenvManager, venvManagers } from '../domain/devcontainer/venv-manager.ts';
import { type Digest, digestOf } from '../domain/digest.ts';
import { ConfigError, ToolError } from '../domain/errors.ts';
import { joinPath } from '../domain/path.ts';
import type { Platform } from '../domain/platform.ts';
import type { Cache } from '../ports/cache.ts';
import type { ExecResult } from '../ports/exec.ts';
import type { Ports } from '../ports/ports.ts';
import type { InContainer } from './prebuilding/in-container.ts';

/** The packages of a Python project, and where they lie on both sides. */
export interface Venv {
  readonly manager: VenvManager;
  readonly keys: CacheKeys;
  readonly hit: 'exact' | 'partial' | 'miss';
  /** The project in the container. */
  readonly project: string;
  /** The folder of the packages on this machine. */
  readonly folder: string;
  readonly installArgs: readonly string[];
}

type VenvPorts = Pick<Ports, 'files' | 'log'> & { readonly cache: Cache };

/** What a venv belongs to. */
export interface VenvQuestion {
  readonly run: InContainer;
  /** The repository here, and where it is in the container. */
  readonly folder: string;
  readonly remoteFolder: string;
  /** The folder of the project in the repository. */
  readonly project: string;
  readonly manager: VenvManager['name'] | 'auto';
  readonly installArgs: readonly string[];
  readonly platform: Platform;
  readonly imageLayers: readonly Digest[];
  readonly python: string | undefined;
}

/** Brings the packages back that an earlier run saved, and drops them where their interpreter does not work any more. */
export async function restoreVenv(ports: VenvPorts, question: VenvQuestion): Promise<Venv | undefined> {
  const { run, remoteFolder, project: below, installArgs, python } = question;
  const found = await findManager(ports, question);
  if (found === undefined) return undefined;
  if (python === undefined) throw noPython(found.manager.name, below);
  const { manager, lock } = found;
  const project = joinPath(remoteFolder, below);
  const folder = joinPath(question.folder, below, '.venv');
  const [os = '', architecture = ''] = question.platform.split(/\/(.*)/s);
  const keys = venvKeys({
    os,
    architecture,
    python,
    lock,
    imageLayers: question.imageLayers,
    path: `${project}/.venv`,
    install: [manager.name, ...installArgs],
  });
  const wanted = { ...keys, restoreKeys: manager.syncs ? keys.restoreKeys : [] };
  const restored = await ports.cache.restore([folder], wanted.key, wanted.restoreKeys);
  const venv = { manager, keys: wanted, project, folder, installArgs };
  if (restored === undefined) return { ...venv, hit: 'miss' };
  if ((await run(['.venv/bin/python', '-c', ''], { workdir: project })).exitCode === 0) {
    return { ...venv, hit: cacheHit(keys, restored) };
  }
  ports.log.warning(`the interpreter of ${restored} does not work in this container: the packages are installed anew`);
  await ports.files.remove(folder);
  return { ...venv, hit: 'miss' };
}

/** Installs what the lock file says and removes what it does not say; then saves it, before anybody's tests can change it. */
export async function installVenv(ports: VenvPorts, run: InContainer, venv: Venv): Promise<void> {
  const { manager, project, installArgs, keys, hit } = venv;
  const poetry = manager.name === 'poetry' ? await poetryVersion(run, project) : undefined;
  for (const command of manager.commands({ installArgs, poetry })) {
    const env = manager.env;
    const result = await run(command, { workdir: project, env, onLine: (line) => ports.log.info(line) });
    if (result.exitCode !== 0) throw installFailed(command, project, result);
  }
  if (hit === 'exact') return;
  const saved = await ports.cache.save([venv.folder], keys.key);
  if (saved) ports.log.info(`the packages are saved as ${keys.key}`);
}

/** The tool whose lock file is there, or the one that is asked for. */
export async function findManager(
  { files }: Pick<Ports, 'files'>,
  { folder, project, manager: asked }: Pick<VenvQuestion, 'folder' | 'project' | 'manager'>,
): Promise<{ readonly manager: VenvManager; readonly lock: Digest } | undefined> {
  for (const manager of venvManagers) {
    if (asked !== 'auto' && asked !== manager.name) continue;
    const bytes = await files.readBytes(joinPath(folder, project, manager.lockFile));
    if (bytes !== undefined) return { manager, lock: digestOf(bytes) };
    if (asked !== 'auto') throw noLock(manager, project);
  }
  return undefined;
}

async function poetryVersion(run: InContainer, workdir: string): Promise<readonly [number, number]> {
  const { stdout } = await run(['poetry', '--version'], { workdir });
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  return [Number(major), Number(minor)];
}

function noLock({ name, lockFile }: VenvManager, project: string): ConfigError {
  return new ConfigError({
    code: 'venv-lock-missing',
    what: `there is no ${lockFile}, by which ${name} knows what to install`,
    where: project,
    state: 'the command was not run',
    next: 'commit it; where the project is in another folder, name that with venv-project; or write venv: none',
  });
}

function noPython(manager: string, project: string): ConfigError {
  return new ConfigError({
    code: 'venv-python-missing',
    what: `the image has no Python, and the packages of a ${manager} project are for one`,
    where: project,
    state: 'the command was not run',
    next: 'put python3 into the image, or write venv: none',
  });
}

function installFailed(command: readonly string[], project: string, result: ExecResult): ToolError {
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-3).join(' / ').slice(0, 600);
  const isStale =
    command.includes('check') ||
    /lock\S* (is|was) (not|out)|out.of.date|outdated|needs to be updated|changed significantly/i.test(said);
  return new ToolError({
    code: isStale ? 'venv-lock-stale' : 'venv-install-failed',
    what: `${command.join(' ')} ended with exit code ${result.exitCode}: ${said}`,
    where: project,
    state: 'nothing was saved or published, and the command was not run',
    next: isStale ? 'lock again (poetry lock, uv lock) and commit the lock file' : 'its last lines are above',
  });
}
