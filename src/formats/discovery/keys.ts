import { ConfigError } from '../../domain/errors.ts';
import { KeyField, maxKeyLength } from '../../domain/schemas.ts';
import { shownText } from '../../domain/shown-text.ts';

const state = 'nothing was built';

/** The key for a name: lower case, and a single `-` for whatever a key cannot hold. */
export function keyOf(name: string, where: string): string {
  if (KeyField.safeParse(name).success) return name;
  const key = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/[._-]+/g, (run) => (/^(?:\.|__?|-+)$/.test(run) ? run : '-'))
    .replace(/^[._-]+|[._-]+$/g, '');
  if (KeyField.safeParse(key).success) return key;
  throw new ConfigError({
    code: 'key-invalid',
    what: `no key of at most ${maxKeyLength} letters and digits can be made of ${shownText(name)}`,
    where,
    state,
    next: 'rename it, or list the images in slipway.yml under keys of your own',
  });
}

/** The key for each name; two names that would have the same one are an error. `where` says where a name is from. */
export function keysOf(names: readonly string[], where: (name: string) => string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const name of names) {
    const key = keyOf(name, where(name));
    const other = owners.get(key);
    if (other !== undefined) throw sameKey(key, where(other), where(name));
    owners.set(key, name);
    keys.set(name, key);
  }
  return keys;
}

/** Two things would be one image. */
export function sameKey(key: string, one: string, other: string): ConfigError {
  return new ConfigError({
    code: 'key-twice',
    what: `two images would have the key ${key}: ${one} and ${other}`,
    where: other,
    state,
    next: 'rename one of them, or list the images in slipway.yml under keys of your own',
  });
}
