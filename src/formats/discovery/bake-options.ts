import { parseImageRef } from '../../domain/image-ref.ts';
import { shownText } from '../../domain/shown-text.ts';
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
    'no-cache': target['no-cache'] === true,
    ...attestOptions(target.attest),
    ...(network === 'none' || network === 'host' || network === 'default' ? { network } : {}),
    ...(target['shm-size'] === undefined || target['shm-size'] === '' ? {} : { 'shm-size': target['shm-size'] }),
  };
}

/** What a target says that has no place in the configuration, in a few words each. */
export function unheededOptions(target: BakeTarget): readonly string[] {
  const { network, call } = target;
  const isKnown = !network || ['none', 'host', 'default'].includes(network);
  const outputs = target.output.filter((one) => /^(?:type=)?(?:local|tar)\b/.test(one));
  return [
    ...(isKnown ? [] : [`network ${shownText(network)} (only default, none and host are known)`]),
    ...(outputs.length === 0 ? [] : ['output (what is built is an image, and goes where the plan says)']),
    ...(call && call !== 'build' ? [`call ${shownText(call)} (it is built)`] : []),
    ...target.attest.flatMap(unheededAttest),
  ];
}

/** Bake's attestations in our words; of several of a kind the last one counts. */
function attestOptions(attest: readonly string[]): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const text of attest) {
    const { type, mode, disabled } = Object.fromEntries(text.split(',').flatMap(readPair));
    const isOff = disabled === 'true';
    if (type === 'sbom') options.sbom = !isOff;
    if (type === 'provenance') options.provenance = isOff ? false : mode === 'min' ? 'min' : 'max';
  }
  return options;
}

function unheededAttest(text: string): readonly string[] {
  const pairs = text.split(',').flatMap(readPair);
  const type = pairs.find(([name]) => name === 'type')?.[1] ?? 'attest';
  const more = pairs.map(([name]) => name).filter((name) => !['type', 'mode', 'disabled'].includes(name));
  return more.length === 0
    ? []
    : [`${more.map((name) => shownText(name)).join(', ')} of the attestation ${shownText(type)}`];
}

/** `id=pip,env=PIP_TOKEN`, as buildx reads it; without a source it is the variable of that name. Buildx builds without it too. */
function readSecret(
  text: string,
): readonly (readonly [
  string,
  ({ readonly env: string } | { readonly file: string }) & { readonly optional: true },
])[] {
  const fields = new Map(text.split(',').flatMap(readPair));
  const id = fields.get('id');
  if (id === undefined) return [];
  const file = fields.get('src') ?? fields.get('source');
  const env = fields.get('env');
  return [[id, { ...(file === undefined ? { env: env ?? id } : { file }), optional: true }]];
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
