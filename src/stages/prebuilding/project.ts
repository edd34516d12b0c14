import type { ComposeProject } from '../../domain/devcontainer/compose.ts';
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
  /** What compose says, once it was asked. */
  readonly compose?: ComposeProject | undefined;
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
  // The CLI puts in where the repository lies, and so do we; what else it puts in leads anywhere.
  const rooted = /^\$\{localWorkspaceFolder\}(?:\/(.*))?$/s.exec(path);
  const rest = rooted === null ? path : (rooted[1] ?? '.');
  if (/\$\{/.test(rest)) throw variablePath(path, what, configFile);
  // An absolute path is one of the machine, and not of the folder that it stands in.
  const isRelative = rooted === null && !rest.startsWith('/');
  return containedPath(isRelative ? joinPath(base, rest) : rest, what, configFile);
}

/** Which Dockerfile a configuration names, and with which context. */
export interface DockerfileNames {
  readonly dockerfile: string;
  readonly context: string;
  /** Its text, where it is in no file. */
  readonly inline?: string | undefined;
}

/** The Dockerfile of a configuration, as paths of the repository. */
export function dockerfileOf(project: DevcontainerProject): DockerfileNames {
  const { build, dockerFile, context } = project.config;
  const dockerfile = pathIn(project, build?.dockerfile ?? dockerFile ?? 'Dockerfile', 'the Dockerfile');
  return { dockerfile, context: pathIn(project, build?.context ?? context ?? '.', 'the build context') };
}

function baseOf(configFile: string): string {
  const slash = configFile.lastIndexOf('/');
  return slash < 0 ? '.' : configFile.slice(0, slash);
}

function variablePath(path: string, what: string, configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-path-variable',
    what: `${what} ${JSON.stringify(path.slice(0, 200))} has a variable in it, and so may be anywhere on the machine`,
    where: configFile,
    state: 'nothing was built',
    next: 'write a path that begins at the folder of the configuration, or with the variable localWorkspaceFolder',
  });
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
