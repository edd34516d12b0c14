import { digestOf, hexOf } from '../digest.ts';

/** What stands for a variable; undefined leaves its text as it is. */
export type Lookup = (name: string, args: readonly string[]) => string | undefined;

/** Puts in the variables of all texts in a value, as `${name}` or `${name:first:second}`. */
export function fillTexts(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{(.*?)\}/g, (text, inner: string) => {
      const [name = '', ...args] = inner.split(':');
      return lookup(name, args) ?? text;
    });
  if (Array.isArray(value)) return value.map((one: unknown) => fillTexts(one, lookup));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [name, fillTexts(one, lookup)]),
  );
}

/** A variable of an environment, or what stands behind its name for want of it. */
export function variableOf(env: Readonly<Record<string, string>>, [name = '', other = '']: readonly string[]): string {
  return (Object.hasOwn(env, name) ? env[name] : undefined) ?? other;
}

/** What `${devcontainerId}` is for a container of one label: the same wherever that label is given. */
export function devcontainerId(label: string): string {
  const [name = '', value = ''] = label.split(/=(.*)/s);
  const hash = hexOf(digestOf(JSON.stringify({ [name]: value })));
  return BigInt(`0x${hash}`).toString(32).padStart(52, '0');
}
