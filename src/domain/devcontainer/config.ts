import { z } from 'zod';

const TextOrList = z.union([z.string(), z.array(z.string())]);
const Command = z.union([TextOrList, z.record(z.string(), TextOrList)]);
const Texts = z.record(z.string(), z.string().nullable());

/** A folder or volume that a container gets, as text or in parts. */
export const DevcontainerMount = z.union([
  z.string(),
  z.looseObject({ type: z.string().optional(), source: z.string().optional(), target: z.string().optional() }),
]);
export type DevcontainerMount = z.infer<typeof DevcontainerMount>;

/** What gives a container more than containers have; a configuration, a Feature and a label of an image may say it. */
const privileges = {
  privileged: z.boolean().optional(),
  capAdd: z.array(z.string()).optional(),
  securityOpt: z.array(z.string()).optional(),
  mounts: z.array(DevcontainerMount).optional(),
};

/** What a configuration, a Feature or a label of an image says about privileges. */
export const Privileges = z.looseObject(privileges);
export type Privileges = z.infer<typeof Privileges>;

/** The part of a devcontainer.json that we read; the rest counts for the hash, and the CLI reads it. */
export const DevcontainerConfig = z.looseObject({
  ...privileges,
  name: z.string().optional(),
  image: z.string().optional(),
  dockerFile: z.string().optional(),
  context: z.string().optional(),
  build: z
    .looseObject({
      dockerfile: z.string().optional(),
      context: z.string().optional(),
      target: z.string().optional(),
      args: Texts.optional(),
      options: z.array(z.string()).optional(),
      cacheFrom: TextOrList.optional(),
    })
    .optional(),
  dockerComposeFile: TextOrList.optional(),
  service: z.string().optional(),
  runServices: z.array(z.string()).optional(),
  features: z.record(z.string(), z.unknown()).optional(),
  initializeCommand: Command.optional(),
  runArgs: z.array(z.string()).optional(),
  containerEnv: Texts.optional(),
  remoteEnv: Texts.optional(),
  remoteUser: z.string().optional(),
  appPort: z.unknown().optional(),
  workspaceFolder: z.string().optional(),
  workspaceMount: z.string().optional(),
});
export type DevcontainerConfig = z.infer<typeof DevcontainerConfig>;

/** A command of the configuration: for a shell, as an argument list, or several by name. */
export type DevcontainerCommand = z.infer<typeof Command>;

/** What an image is made from. */
export type DevcontainerKind = 'image' | 'dockerfile' | 'compose';

/** Tells what a configuration builds on. */
export function kindOf(config: DevcontainerConfig): DevcontainerKind | undefined {
  if (config.dockerComposeFile !== undefined) return 'compose';
  if (config.build?.dockerfile !== undefined || config.dockerFile !== undefined) return 'dockerfile';
  return config.image === undefined ? undefined : 'image';
}

const localEnvPattern = /\$\{(?:localEnv|env):([^}:]+)(?::([^}]*))?\}/g;

/** The variables of this machine that a build takes into the image: through arguments, or as the environment of the container. */
export function localEnvNames(config: DevcontainerConfig): readonly string[] {
  const names = bakedTexts(config).flatMap(([, text]) =>
    [...text.matchAll(localEnvPattern)].map(([, name = '']) => name),
  );
  return [...new Set(names)].sort();
}

/** The texts of a configuration that come into the image, each with the place where it stands. */
export function bakedTexts({
  build,
  containerEnv,
  features,
  image,
}: DevcontainerConfig): readonly (readonly [string, string])[] {
  const texts = (of: string, values: Readonly<Record<string, unknown>> = {}): readonly (readonly [string, string])[] =>
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[`${of} ${name}`, value]] : []));
  const options = Object.entries(features ?? {}).flatMap(([id, given]) =>
    typeof given === 'object' && given !== null ? texts(`the Feature ${id}, option`, { ...given }) : [],
  );
  return [
    ...texts('the', { image, target: build?.target }),
    ...texts('the build argument', build?.args),
    ...(build?.options ?? []).map((text): readonly [string, string] => ['build.options', text]),
    ...texts('containerEnv', containerEnv),
    ...options,
  ];
}

/** Puts in what a command of this machine may name. */
export function fillLocal(text: string, known: { env: Readonly<Record<string, string>>; folder: string }): string {
  return text
    .replace(localEnvPattern, (_, name: string, other = '') => known.env[name] ?? other)
    .replace(/\$\{localWorkspaceFolderBasename\}/g, () => known.folder.split('/').at(-1) ?? '')
    .replace(/\$\{localWorkspaceFolder\}/g, () => known.folder);
}
