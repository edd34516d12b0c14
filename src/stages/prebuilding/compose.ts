import { readComposeConfig } from '../../clients/devcontainer-compose.ts';
import type { ComposeBuild } from '../../domain/devcontainer/compose.ts';
import { isLocalFeature } from '../../domain/devcontainer/feature-pins.ts';
import { ConfigError, ToolError } from '../../domain/errors.ts';
import { joinPath } from '../../domain/path.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import { readComposeProject } from '../../formats/devcontainer-compose.ts';
import { lockFileOf } from '../../formats/devcontainer-lock.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DevcontainerProject, pathIn } from './project.ts';

/** Reads the services of a compose configuration; any other stays as it is. */
export async function withCompose(
  { exec, files }: Pick<Ports, 'exec' | 'files'>,
  project: DevcontainerProject,
): Promise<DevcontainerProject> {
  if (project.kind !== 'compose') return project;
  const { config, folder, configFile } = project;
  const { service } = config;
  const paths = composeFilesOf(project);
  if (service === undefined || paths.length === 0) throw incomplete(configFile);
  for (const path of paths) {
    if ((await files.facts(joinPath(folder, path))) === undefined) throw noFile(path, configFile);
  }
  const wish = { folder, configFile, files: paths, service };
  const compose = readComposeProject(await readComposeConfig(exec, wish), wish);
  return { ...project, compose };
}

/** The compose files that a configuration names, as paths of the repository. */
export function composeFilesOf(project: DevcontainerProject): readonly string[] {
  const { dockerComposeFile = [] } = project.config;
  const named = typeof dockerComposeFile === 'string' ? [dockerComposeFile] : dockerComposeFile;
  return named.map((file) => pathIn(project, file, 'a compose file'));
}

/** Where compose looks for variables by itself: beside its first file, and where it is started. */
export function dotEnvFilesOf(project: DevcontainerProject): readonly string[] {
  const base = composeFilesOf(project)[0]?.replace(/[^/]*$/, '') ?? '';
  return [...new Set([`${base}.env`, '.env'])];
}

/** Too short to be told from other words. */
const shortestSecret = 6;

/**
 * The CLI shows what compose makes of its files, and errors of compose quote them: the values of secrets are to be shown to
 * nobody. Before compose was asked, that is what it reads by itself; afterwards also the files of the service.
 */
export async function hideComposeSecrets(
  { env, files, secrets }: Pick<Ports, 'env' | 'files' | 'secrets'>,
  project: DevcontainerProject,
): Promise<void> {
  if (project.kind !== 'compose') return;
  const names = [...(project.compose?.envFiles ?? []), ...dotEnvFilesOf(project)];
  const texts = await Promise.all(names.map((file) => files.readText(joinPath(project.folder, file))));
  const written = texts.flatMap((text) => (text ?? '').split(/\r?\n/)).flatMap(variableIn);
  for (const [name, value] of [...Object.entries(env), ...written])
    if (isSecretName(name) && value.length >= shortestSecret) secrets.add(value);
}

/** A line of such a file; a comment may stand behind the value, or be part of it. */
function variableIn(line: string): readonly (readonly [string, string])[] {
  const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) return [];
  const bare = /^(["'])(.*?)\1/.exec(value)?.[2] ?? value.replace(/\s+#.*$/, '');
  return [
    [name, value],
    [name, bare],
  ];
}

/** What the CLI needs to know to build the image of a service as if no compose were there. */
export interface BuildSubject {
  readonly folder: string;
  readonly config: string;
}

/** What only compose knows, or what runs on the machine. */
const leftOut = ['dockerComposeFile', 'service', 'runServices', 'initializeCommand', 'shutdownAction'];

/**
 * Writes a configuration that says how the service is built, with the same Features and the same lock file. The CLI writes
 * the image of a compose configuration nowhere but into the engine; that of this one goes where every other goes.
 */
export async function writeBuildSubject(
  { exec, files }: Pick<Ports, 'exec' | 'files'>,
  project: DevcontainerProject,
  folder: string,
): Promise<BuildSubject | undefined> {
  const { compose, config, configFile } = project;
  if (compose === undefined) return undefined;
  const to = (path: string): string => joinPath(folder, path);
  const kept = Object.entries(config).filter(([name]) => !leftOut.includes(name));
  const { build, image } = compose;
  const inline = to('Dockerfile');
  if (build?.inline !== undefined) await files.write(inline, build.inline);
  const made = build === undefined ? { image } : { build: buildOf(project.folder, build, inline) };
  await files.write(to(configFile), JSON.stringify({ ...Object.fromEntries(kept), ...made }));
  const lockFile = lockFileOf(configFile);
  const lock = await files.readText(joinPath(project.folder, lockFile));
  if (lock !== undefined) await files.write(to(lockFile), lock);
  for (const id of Object.keys(config.features ?? {}).filter(isLocalFeature)) {
    const path = pathIn(project, id, 'a Feature');
    await files.makeFolder(to(path));
    // The CLI takes no links for folders.
    const copied = await exec.run('cp', ['-R', `${joinPath(project.folder, path)}/.`, to(path)], { timeoutMs: 60_000 });
    if (copied.exitCode !== 0) throw notCopied(id, copied.stderr);
  }
  return { folder, config: to(configFile) };
}

function buildOf(repository: string, build: ComposeBuild, inline: string): Readonly<Record<string, unknown>> {
  const { dockerfile, context, target, args, folders, options } = build;
  const contexts = Object.entries(folders).flatMap(([name, at]) => [
    '--build-context',
    `${name}=${joinPath(repository, at)}`,
  ]);
  return {
    dockerfile: dockerfile === undefined ? inline : joinPath(repository, dockerfile),
    context: joinPath(repository, context),
    ...(target === undefined ? {} : { target }),
    args,
    options: [...options, ...contexts],
  };
}

const state = 'nothing was built';

function incomplete(configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-compose-invalid',
    what: 'it names no compose file, or no service that people work in',
    where: { file: configFile },
    state,
    next: 'give it dockerComposeFile with at least one file, and service',
  });
}

function noFile(path: string, configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-compose-invalid',
    what: `there is no compose file at ${path}`,
    where: { file: configFile },
    state,
    next: 'dockerComposeFile is relative to the folder of the configuration; write the file there, or mend the path',
  });
}

function notCopied(id: string, stderr: string): ToolError {
  return new ToolError({
    code: 'devcontainer-feature-copy',
    what: `the Feature ${id} could not be copied: ${stderr.trim().split('\n')[0]?.slice(0, 300) ?? ''}`,
    where: 'cp -R',
    state,
    next: 'may its files be read?',
  });
}
