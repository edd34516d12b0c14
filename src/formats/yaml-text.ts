import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { ConfigError } from '../domain/errors.ts';
import { findYamlExcess } from './yaml-limits.ts';

const maxErrorLength = 200;

/** A text as YAML, and where its lines begin. */
export interface YamlText {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

interface Fault {
  readonly why: string;
  readonly offset: number;
}

/** Reads YAML that anybody may have written; what is none, or would take long, is an error with its line. */
export function readYaml(text: string, file: string, options: { readonly merge: boolean }): YamlText {
  const lines = new LineCounter();
  for (let at = 0; at >= 0; at = text.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
  const excess = findYamlExcess(text);
  if (excess !== undefined) throw refusal(excess, { file, lines });
  // Its own check for keys that are there twice compares each with each, and its own words for errors copy the text.
  const document = parseDocument(text, { ...options, schema: 'core', uniqueKeys: false, prettyErrors: false });
  const [broken] = document.errors;
  const fault = broken === undefined ? firstFault(document) : { why: broken.message, offset: broken.pos[0] };
  if (fault !== undefined) throw refusal({ ...fault, why: `it is not YAML: ${fault.why}` }, { file, lines });
  return { file, document, lines };
}

/** The value of a document; one that grows out of a few lines of aliases is refused. */
export function yamlValue({ file, document, lines }: YamlText): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const why = `its aliases cannot be followed: ${cause instanceof Error ? cause.message : String(cause)}`;
    let offset = 0;
    visit(document, {
      Alias(_, alias) {
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    throw refusal({ why, offset }, { file, lines });
  }
}

/** A key that its map has already or no map may have, or an alias of nothing or of what it stands in. */
function firstFault(document: Document): Fault | undefined {
  const anchors = new Map<string, Node>();
  let fault: Fault | undefined;
  visit(document, {
    Alias(_, alias, path) {
      const target = anchors.get(alias.source);
      if (target !== undefined && !path.includes(target)) return undefined;
      const why = target === undefined ? 'nothing before it has that name' : 'it stands in what it names';
      fault = { why: `the alias *${alias.source} leads nowhere: ${why}`, offset: alias.range?.[0] ?? 0 };
      return visit.BREAK;
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      fault = 'items' in node ? keyFault(node.items) : undefined;
      return fault === undefined ? undefined : visit.BREAK;
    },
  });
  return fault;
}

function keyFault(items: readonly unknown[]): Fault | undefined {
  const seen = new Set<unknown>();
  for (const item of items) {
    const key: unknown = typeof item === 'object' && item !== null && 'key' in item ? item.key : undefined;
    // Several merges into one map are no key that is there twice.
    if (!isScalar(key) || key.value === '<<') continue;
    const offset = key.range?.[0] ?? 0;
    if (seen.has(key.value)) return { why: 'map keys must be unique', offset };
    // Objects have it already, so that it would be lost without a word.
    if (key.value === '__proto__') return { why: 'no key may be called __proto__', offset };
    seen.add(key.value);
  }
  return undefined;
}

function refusal({ why, offset }: Fault, { file, lines }: Pick<YamlText, 'file' | 'lines'>): ConfigError {
  const { line, col } = lines.linePos(offset);
  return new ConfigError({
    code: 'config-invalid',
    what: why.length > maxErrorLength ? `${why.slice(0, maxErrorLength)}…` : why,
    where: { file, line: Math.max(1, line), column: Math.max(1, col) },
    state: 'nothing was built',
    next: 'mend that line',
  });
}
