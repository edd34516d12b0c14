import type { ComposeProject } from '../../domain/devcontainer/compose.ts';
import { localEnvNames } from '../../domain/devcontainer/config.ts';
import { digestOfText, digestOfValue, type HashInputs } from '../../domain/devcontainer/content-hash.ts';
import { isLocalFeature } from '../../domain/devcontainer/feature-pins.ts';
import { type Digest, digestOf } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import { containedPath, joinPath } from '../../domain/path.ts';
import { featureFile, featureNeeds } from '../../formats/devcontainer-feature.ts';
import { contextSources } from '../../formats/dockerfile-copies.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DevcontainerProject, type DockerfileNames, dockerfileOf, pathIn } from './project.ts';
import { digestOfFolder, sourceReader } from './sources.ts';

/** What is hashed beside the repository. */
export interface HashSurroundings {
  readonly platforms: readonly string[];
  /** `major.minor` of the CLI. */
  readonly cli: string;
  readonly extraFiles: readonly string[];
  /** The content of the Features that no lock file names, asked for only where there are any. */
  readonly featureDigests: () => Promise<Readonly<Record<string, string>>>;
}

/** The inputs with what is to be said about them. */
export interface ReadInputs {
  readonly inputs: HashInputs;
  readonly notes: readonly string[];
}

type HashPorts = Pick<Ports, 'env' | 'files'>;
type Found = { readonly inputs: Record<string, Digest>; readonly notes: string[] };

/** Reads everything that decides the content of the image, and nothing else: no time, no path, no commit. */
export async function readHashInputs(
  ports: HashPorts,
  project: DevcontainerProject,
  around: HashSurroundings,
): Promise<ReadInputs> {
  const { config } = project;
  const found: Found = { inputs: {}, notes: [] };
  const { inputs } = found;
  inputs.configuration = digestOfValue(config);
  inputs.platforms = digestOfValue([...around.platforms].sort());
  inputs['devcontainer CLI'] = digestOfValue(around.cli);
  for (const name of localEnvNames(config)) inputs[`variable ${name}`] = digestOf(ports.env[name] ?? '');
  if (project.kind === 'dockerfile') await addDockerfile(ports, project, dockerfileOf(project), found);
  if (project.compose !== undefined) await addCompose(ports, project, project.compose, found);
  await addFeatures(ports, project, { found, digests: around.featureDigests });
  for (const path of around.extraFiles) {
    const file = containedPath(path, 'a file of hash-extra-files', 'hash-extra-files');
    inputs[`file ${file}`] = await digestOfPath(ports, joinPath(project.folder, file));
  }
  return found;
}

async function addDockerfile(
  { files }: HashPorts,
  { folder, configFile }: DevcontainerProject,
  { dockerfile, context, inline }: DockerfileNames,
  { inputs, notes }: Found,
): Promise<void> {
  const path = joinPath(folder, dockerfile);
  const text = inline ?? (await files.readText(path));
  if (text === undefined) throw noDockerfile(dockerfile, configFile);
  inputs[`Dockerfile ${dockerfile}`] = digestOfText(text);
  const { paths, unclear } = contextSources(text, dockerfile);
  const reader = await sourceReader(files, joinPath(folder, context), path);
  if (unclear.length > 0 || paths.includes('.')) {
    const why =
      unclear.length > 0 ? `line ${unclear.join(', ')} of ${dockerfile} takes what only a build can tell` : undefined;
    inputs[`context ${context}`] = await reader.whole();
    const all = context === '.' ? 'the whole repository' : `all of ${context}`;
    notes.push(`${all} counts for the content hash: ${why ?? `${dockerfile} copies its whole context`}`);
    return;
  }
  for (const source of paths) inputs[`context ${joinPath(context, source)}`] = await reader.digest(source);
}

/** The service that people work in, as it is built; what the files say of others counts by their text. */
async function addCompose(
  ports: HashPorts,
  project: DevcontainerProject,
  { files, envFiles, service, image, build }: ComposeProject,
  found: Found,
): Promise<void> {
  const { inputs } = found;
  for (const file of [...files, ...envFiles]) {
    const bytes = await ports.files.readBytes(joinPath(project.folder, file));
    inputs[`file ${file}`] = digestOfText(new TextDecoder().decode(bytes));
  }
  inputs[`service ${service}`] = digestOfValue({ image: image ?? null, build: build ?? null });
  if (build === undefined) return;
  const { context, inline, dockerfile = joinPath(context, 'Dockerfile'), folders } = build;
  await addDockerfile(ports, project, { dockerfile, context, inline }, found);
  for (const path of Object.values(folders)) {
    inputs[`context ${path}`] = await digestOfFolder(ports.files, joinPath(project.folder, path));
  }
}

async function addFeatures(
  { files }: HashPorts,
  project: DevcontainerProject,
  { found, digests }: { readonly found: Found; readonly digests: HashSurroundings['featureDigests'] },
): Promise<void> {
  const { inputs, notes } = found;
  const ids = Object.keys(project.config.features ?? {});
  const needed: string[] = [];
  for (const id of ids.filter(isLocalFeature)) {
    const path = pathIn(project, id, 'a Feature');
    if ((await files.facts(joinPath(project.folder, path)))?.kind !== 'folder') throw noFeature(id, project.configFile);
    const folder = joinPath(project.folder, path);
    inputs[`Feature ${id}`] = await digestOfFolder(files, folder);
    needed.push(
      ...featureNeeds((await files.readText(joinPath(folder, featureFile))) ?? '{}', joinPath(path, featureFile)),
    );
  }
  for (const [id, content] of Object.entries(project.lock ?? {})) inputs[`Feature ${id}`] = digestOf(content);
  const open = [...new Set([...ids, ...needed])].filter(
    (id) => !isLocalFeature(id) && project.lock?.[id] === undefined,
  );
  if (open.length === 0) return;
  const known = await digests();
  for (const id of open) inputs[`Feature ${id}`] = digestOf(known[id] ?? id);
  // Those that they need in turn are known to the CLI alone.
  for (const [id, digest] of Object.entries(known)) inputs[`Feature ${id}`] ??= digestOf(digest);
  notes.push(`no lock file names ${open.join(', ')}: commit the one that \`devcontainer upgrade\` writes`);
}

async function digestOfPath({ files }: HashPorts, path: string): Promise<Digest> {
  const facts = await files.facts(path);
  if (facts?.kind === 'folder') return digestOfFolder(files, path);
  return digestOf((await files.readBytes(path)) ?? '');
}

function noDockerfile(dockerfile: string, configFile: string): ConfigError {
  return new ConfigError({
    code: 'dockerfile-missing',
    what: `there is no Dockerfile at ${dockerfile}`,
    where: configFile,
    state: 'nothing was built',
    next: 'build.dockerfile is relative to the folder of the configuration; write it there, or mend the path',
  });
}

function noFeature(id: string, configFile: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-feature-missing',
    what: `there is no folder of the Feature ${id}`,
    where: configFile,
    state: 'nothing was built',
    next: 'its path is relative to the folder of the configuration, and below the folder .devcontainer',
  });
}
