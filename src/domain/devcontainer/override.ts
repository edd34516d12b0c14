import type { DevcontainerConfig } from './config.ts';

/** What the label of an image does not carry; all else comes from the label, and said twice it would be done twice. */
const notInLabel = ['name', 'runArgs', 'appPort', 'workspaceFolder', 'workspaceMount'] as const;

/** The same for a service of compose: the last of its files says which image it starts from. */
export function composeOverrideConfig(
  config: DevcontainerConfig,
  files: readonly string[],
): Readonly<Record<string, unknown>> {
  const names = ['name', 'workspaceFolder', 'service', 'runServices'] as const;
  const kept = names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]] as const]));
  return { ...Object.fromEntries(kept), dockerComposeFile: files };
}

/** A configuration that starts an image as it is: nothing is built, hooks run once, and nothing runs on this machine. */
export function overrideConfig(config: DevcontainerConfig, image: string): Readonly<Record<string, unknown>> {
  const kept = notInLabel.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]] as const]));
  return { ...Object.fromEntries(kept), image };
}
