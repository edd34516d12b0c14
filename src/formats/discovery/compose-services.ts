import { z } from 'zod';
import { readYaml, yamlValue } from '../yaml-text.ts';
import { sameKey } from './keys.ts';

/** A service as its file names it. */
export interface ComposeService {
  readonly name: string;
  /** It has a build, or may get one from the service that it extends. */
  readonly mayBuild: boolean;
}

const WithBuild = z.object({ build: z.record(z.string(), z.unknown()) });
const Services = z.object({ services: z.record(z.string(), z.unknown()) });

/** The services in compose files; they make no image, and only say what bake left out or put together. */
export function composeServices(texts: readonly string[]): readonly ComposeService[] {
  const services = new Map<string, boolean>();
  for (const [name, value] of texts.flatMap(servicesIn)) {
    const mayBuild = typeof value === 'object' && value !== null && ('build' in value || 'extends' in value);
    services.set(name, mayBuild || services.get(name) === true);
  }
  return [...services].map(([name, mayBuild]) => ({ name, mayBuild }));
}

/** What bake does not pass on of a build, without a word. */
const unheededKeys = ['isolation', 'privileged'];

/** What services say of their builds that nobody heeds: `build.privileged of web`. */
export function unheededBuildKeys(texts: readonly string[]): readonly string[] {
  const found = texts.flatMap(servicesIn).flatMap(([name, value]) => {
    const build = WithBuild.safeParse(value).data?.build ?? {};
    return unheededKeys.filter((key) => key in build).map((key) => `build.${key} of ${name}`);
  });
  return [...new Set(found)];
}

function servicesIn(text: string): readonly (readonly [string, unknown])[] {
  try {
    const read = Services.safeParse(yamlValue(readYaml(text, 'a compose file', { merge: true })));
    return read.success ? Object.entries(read.data.services) : [];
  } catch {
    return [];
  }
}

/** The services that no target was made of. Bake writes `_` for a dot, and of two services that then agree it keeps one. */
export function servicesWithoutTarget(
  services: readonly ComposeService[],
  targets: readonly string[],
  file: string,
): readonly string[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, mayBuild }) => {
    const target = name.replace(/[^A-Za-z0-9_-]/g, '_');
    if (!mayBuild || !targets.includes(target)) return [name];
    const other = owners.get(target);
    if (other !== undefined) throw sameKey(target.toLowerCase(), `${other} in ${file}`, `${name} in ${file}`);
    owners.set(target, name);
    return [];
  });
}
