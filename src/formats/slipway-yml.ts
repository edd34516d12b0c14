import { type Document, isMap, isScalar, isSeq, type LineCounter } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type Place } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest-name.ts';
import { shownText } from '../domain/shown-text.ts';
import { configSchema, SlipwayConfig } from './config-schema.ts';
import { readYaml, yamlValue } from './yaml-text.ts';

const state = 'nothing was built';
const maxPathLength = 160;

/** Reads `slipway.yml`. Every problem names its line and column. */
export function parseSlipwayYml(text: string, file: string): SlipwayConfig {
  const yaml = readYaml(text.replace(/^\uFEFF/, ''), file, { merge: false });
  const { document, lines } = yaml;
  keepArgumentsAsWritten(document);
  // Before anything else: of another version every key may mean something else.
  const schema = document.get('schema');
  if (schema !== undefined && schema !== configSchema)
    throw otherVersion(schema, { file, ...position(['schema'], document, lines) });
  const read = SlipwayConfig.safeParse(yamlValue(yaml) ?? {});
  if (read.success) return read.data;
  const issue = flat(read.error.issues).find(({ code }) => code === 'unrecognized_keys') ?? read.error.issues[0];
  if (issue === undefined) throw new Error('a refused document without an issue');
  throw problem(issue, document, lines, file);
}

function otherVersion(schema: unknown, where: Place): ConfigError {
  const [, major] = /^slipway\.config\/(\d{1,4})$/.exec(String(schema)) ?? [];
  const written = shownText(String(schema));
  const use = major === undefined ? '' : `, or take the version that it is for: uses: …/images.yml@v${major}`;
  return new ConfigError({
    code: 'config-other-version',
    what: `it is written for ${written}, and this version reads ${configSchema}`,
    where,
    state,
    next: `write schema: ${configSchema}, and what docs/config.md describes${use}`,
  });
}

/** All problems, also those of the choices of a union: a mistyped key explains more than a missing one. */
function flat(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  return issues.flatMap((issue) => (issue.code === 'invalid_union' ? [issue, ...flat(issue.errors.flat())] : [issue]));
}

/** Arguments and the values of a matrix are texts: 3.10 must not become the number 3.1 on its way. */
function keepArgumentsAsWritten(document: Document): void {
  for (const group of ['images', 'families']) {
    const images = document.get(group);
    for (const image of isMap(images) ? images.items : []) {
      if (!isMap(image.value)) continue;
      for (const name of ['build-args', 'matrix', 'exclude', 'include']) keepAsWritten(image.value.get(name, true));
    }
  }
}

function keepAsWritten(node: unknown): void {
  if (isScalar(node) && typeof node.value !== 'string' && node.source !== undefined) node.value = node.source;
  else if (isMap(node)) for (const { value } of node.items) keepAsWritten(value);
  else if (isSeq(node)) for (const item of node.items) keepAsWritten(item);
}

function problem(issue: z.core.$ZodIssue, document: Document, lines: LineCounter, file: string): ConfigError {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const nearest = nearestName(key, knownKeys(path));
    return new ConfigError({
      code: 'config-unknown-key',
      what: `${shownText(key)} is not known ${path.length === 0 ? 'at the top' : `in ${pathText(path)}`}`,
      where: { file, ...position([...path, key], document, lines) },
      state,
      next:
        nearest === undefined
          ? `use one of: ${knownKeys(path).join(', ')}`
          : `did you mean ${JSON.stringify(nearest)}?`,
    });
  }
  return new ConfigError({
    code: 'config-invalid',
    what: `${pathText(path) || 'the file'}: ${messageOf(issue)}`,
    where: { file, ...position(path, document, lines) },
    state,
    next: 'write what docs/config.md describes for this key',
  });
}

/** For a key that may not be one, the words are those of the rule for keys. */
function messageOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
}

function pathText(path: readonly (string | number)[]): string {
  const text = path.join('.');
  return text.length > maxPathLength ? `${text.slice(0, maxPathLength)}…` : text;
}

/** Where a key stands, or the nearest thing around it that stands somewhere. */
function position(
  path: readonly (string | number)[],
  document: Document,
  lines: LineCounter,
): { readonly line: number; readonly column: number } {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const found: unknown = isMap(parent)
      ? parent.items.map((pair) => pair.key).find((node) => isScalar(node) && node.value === key)
      : undefined;
    const node: unknown = found ?? document.getIn(path.slice(0, length), true);
    const start = isNodeWithRange(node) ? node.range[0] : undefined;
    if (start !== undefined) {
      const { line, col } = lines.linePos(start);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function isNodeWithRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

/** The keys that may stand at a place: those of the object of the schema that it leads to. */
function knownKeys(path: readonly (string | number)[]): readonly string[] {
  let schema: unknown = SlipwayConfig;
  for (const part of path) schema = step(schema, part);
  const object = unwrapped(schema);
  return typeof object === 'object' && object !== null && 'shape' in object && typeof object.shape === 'object'
    ? Object.keys(object.shape ?? {})
    : [];
}

function step(schema: unknown, part: string | number): unknown {
  const object = unwrapped(schema);
  if (typeof object !== 'object' || object === null) return undefined;
  if ('shape' in object && typeof object.shape === 'object' && object.shape !== null) {
    return Object.entries(object.shape).find(([key]) => key === part)?.[1];
  }
  if ('valueType' in object) return object.valueType;
  return 'element' in object ? object.element : undefined;
}

/** The schema inside of defaults and options. */
function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (typeof inner === 'object' && inner !== null && 'unwrap' in inner && typeof inner.unwrap === 'function') {
    if ('element' in inner) return inner;
    inner = inner.unwrap();
  }
  return inner;
}
