import { parseImageRef } from '../../domain/image-ref.ts';
import type { BakeTarget } from './bake-definition.ts';

/** What a target of bake says of its build beside context, arguments and stage, in the words of our configuration. */
export function bakeOptions(target: BakeTarget): Readonly<Record<string, unknown>> {
  const { network } = target;
  return {
    secrets: Object.fromEntries(target.secret.flatMap(readSecret)),
    'cache-from': target['cache-from'],
    tags: [...new Set(target.tags.flatMap(tagIn))],
    labels: withoutNulls(target.labels),
    annotations: Object.fromEntries(target.annotations.flatMap(readPair)),
    'add-hosts': withoutNulls(target['extra-hosts']),
    ulimits: Object.fromEntries(target.ulimits.flatMap(readPair)),
    allow: target.entitlements,
    'no-cache-filters': target['no-cache-filter'],
    ssh: target.ssh,
    ...(network === 'none' || network === 'host' || network === 'default' ? { network } : {}),
    ...(target['shm-size'] === undefined || target['shm-size'] === '' ? {} : { 'shm-size': target['shm-size'] }),
  };
}

/** `id=pip,env=PIP_TOKEN`, as buildx reads it; without a source it is the variable of that name. */
function readSecret(
  text: string,
): readonly (readonly [string, { readonly env: string } | { readonly file: string }])[] {
  const fields = new Map(text.split(',').flatMap(readPair));
  const id = fields.get('id');
  if (id === undefined) return [];
  const file = fields.get('src') ?? fields.get('source');
  const env = fields.get('env');
  return [[id, file === undefined ? { env: env ?? id } : { file }]];
}

function readPair(text: string): readonly (readonly [string, string])[] {
  const at = text.indexOf('=');
  return at < 1 ? [] : [[text.slice(0, at), text.slice(at + 1)]];
}

/** A name that is no reference is told where names are read. */
function tagIn(text: string): readonly string[] {
  try {
    return [parseImageRef(text, 'a tag').tag ?? 'latest'];
  } catch {
    return [];
  }
}

function withoutNulls(values: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']));
}
