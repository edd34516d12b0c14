import type { DevcontainerConfig, DevcontainerKind } from '../../domain/devcontainer/config.ts';
import { kindOf } from '../../domain/devcontainer/config.ts';
import { ConfigError } from '../../domain/errors.ts';
import { containedPath, joinPath } from '../../domain/path.ts';
import { parseDevcontainerJson } from '../../formats/devcontainer-json.ts';
import { lockFileOf, parseDevcontainerLock } from '../../formats/devcontainer-lock.ts';
import type { Files } from '../../ports/files.ts';

/** The configuration of a dev container as it lies in a repository. Paths are relative to the repository. */
export interface DevcontainerProject {
  /** The repository's folder. */
  readonly folder: string;
  readonly configFile: string;
  /** The folder that its paths are relative to. */
  readonly base: string;
  readonly config: DevcontainerConfig;
  readonly kind: DevcontainerKind;
  /** What the lock file says; without one it is absent. */
  readonly lock: Readonly<Record<string, string>> | undefined;
}

const usualFiles = ['.devcontainer/devcontainer.json', '.devcontainer.json'] as const;

/** Finds and reads the configuration: the one that is named, or where editors look for it. */
export async function readProject(
  files: Pick<Files, 'readText'>,
  folder: string,
  asked: string | undefined,
): Promise<DevcontainerProject> {
  const names = asked === undefined ? usualFiles : [containedPath(asked, 'the configuration', 'config')];
  for (const configFile of names) {
    const text = await files.readText(joinPath(folder, configFile));
    if (text === undefined) continue;
    if (!/(^|\/)\.?devcontainer\.json$/.test(configFile)) throw oddName(configFile);
    const config = parseDevcontainerJson(text, configFile);
    const kind = kindOf(config);
    if (kind === undefined) throw nothingToBuild(configFile);
    if (kind === 'compose') throw composeNotYet(configFile);
    const lockFile = lockFileOf(configFile);
    const lockText = await files.readText(joinPath(folder, lockFile));
    const lock = lockText === undefined ? undefined : parseDevcontainerLock(lockText, lockFile);
    return { folder, configFile, base: baseOf(configFile), config, kind, lock };
  }
  throw new ConfigError({
    code: 'devcontainer-missing',
    what: `there is no ${names.join(' and no ')}`,
    where: folder,
    state: 'nothing was built',
    next: 'write one, or name it with the input config; is the repository checked out?',
  });
}

/** A path that a configuration names, as one of the repository. */
export function pathIn({ base, configFile }: DevcontainerProject, path: string, what: string): string {
  return containedPath(joinPath(base, path), what, configFile);
}

function baseOf(configFile: string): string {
  const slash = configFile.lastIndexOf('/');
  return slash < 0 ? '.' : configFile.slice(0, slash);
}

function oddName(configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-name',
    what: 'the CLI of dev containers reads only files that are called devcontainer.json or .devcontainer.json',
    where: configFile,
    state: 'nothing was built',
    next: 'put it into a folder of its own below .devcontainer, under that name',
  });
}

function nothingToBuild(configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-invalid',
    what: 'it names neither an image, nor a Dockerfile, nor a compose file',
    where: { file: configFile },
    state: 'nothing was built',
    next: 'give it image, build.dockerfile, or dockerComposeFile with service',
  });
}

function composeNotYet(configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-compose',
    what: 'it starts services of compose, and such a container cannot be taken by its content yet',
    where: { file: configFile },
    state: 'nothing was built',
    next: 'name another configuration with the input config, one of an image or a Dockerfile',
  });
}
