import type { RegistryClient } from '../../clients/registry/client.ts';
import { fillLocal } from '../../domain/devcontainer/config.ts';
import type { Digest } from '../../domain/digest.ts';
import { ConfigError, RemoteError } from '../../domain/errors.ts';
import { type ImageRef, meantBy, parseImageRef } from '../../domain/image-ref.ts';
import { joinPath } from '../../domain/path.ts';
import { parsePlatform } from '../../domain/platform.ts';
import { parseDockerfile } from '../../formats/dockerfile.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DevcontainerProject, dockerfileOf } from './project.ts';

/** What the images name today that the dev container is built on. One that a digest names, or that nobody answers for, is left out. */
export async function readBases(
  ports: Pick<Ports, 'env' | 'files' | 'log'>,
  registry: Pick<RegistryClient, 'resolve'>,
  { project, platforms }: { readonly project: DevcontainerProject; readonly platforms: readonly string[] },
): Promise<Readonly<Record<string, Digest>>> {
  const found: Record<string, Digest> = {};
  for (const text of new Set(await referencesOf(ports, project, platforms))) {
    const ref = readable(text);
    if (ref === undefined || ref.digest !== undefined) continue;
    const digest = await digestNow(registry, ref);
    if (digest === undefined) ports.log.info(`what ${text} is today cannot be read; it counts as not moved`);
    else found[text] = digest;
  }
  return found;
}

async function referencesOf(
  { env, files }: Pick<Ports, 'env' | 'files'>,
  project: DevcontainerProject,
  platforms: readonly string[],
): Promise<readonly string[]> {
  const { folder, config, compose, kind } = project;
  const known = { env, folder };
  const build = compose?.build;
  const image = kind === 'image' ? config.image : compose?.image;
  if (image !== undefined) return [fillLocal(image, known)];
  const file = build?.dockerfile ?? dockerfileOf(project).dockerfile;
  const text = build?.inline ?? (await files.readText(joinPath(folder, file)));
  if (text === undefined) return [];
  const args = Object.entries(build?.args ?? config.build?.args ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [[name, fillLocal(value, known)] as const],
  );
  const target = (build === undefined ? config.build?.target : build.target) ?? null;
  const options = { file, buildArgs: Object.fromEntries(args), target, platforms: platforms.map(parsePlatform) };
  try {
    return parseDockerfile(text, options).bases.flatMap(({ reference, unset }) =>
      unset.length > 0 ? [] : [reference],
    );
  } catch (error) {
    // BuildKit says best what is wrong with it.
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function readable(text: string): ImageRef | undefined {
  try {
    return parseImageRef(text, 'FROM');
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

async function digestNow(registry: Pick<RegistryClient, 'resolve'>, ref: ImageRef): Promise<Digest | undefined> {
  try {
    return (await registry.resolve(ref.repository, meantBy(ref)))?.digest;
  } catch (error) {
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}
