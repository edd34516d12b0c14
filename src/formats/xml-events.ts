/** What a reader of XML comes upon. */
export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

/** Why a text is no XML that we take. */
export class XmlFault extends Error {}

const maxDepth = 100;
const nameAt = /[A-Za-z_][\w:.-]*/y;
const attributeAt = /\s+([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const endAt = /\s*(\/?)>/y;
const named = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Reads XML in one pass. There are no entities but the five of every document: a DOCTYPE, which could define more, is refused. */
export function* xmlEvents(text: string): Iterable<XmlEvent> {
  const open: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let hasRoot = false;
  const behind = (end: string, from: number): number => {
    const found = text.indexOf(end, from);
    if (found < 0) throw new XmlFault(`${JSON.stringify(end)} is missing at its end`);
    return found;
  };
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const plain = text.slice(at, next < 0 ? text.length : next);
    if (open.length > 0 && plain !== '') yield { kind: 'text', text: unescaped(plain) };
    else if (plain.trim() !== '') throw new XmlFault('there is text outside of its elements');
    if (next < 0) break;
    if (text.startsWith('<!--', next)) at = behind('-->', next + 4) + 3;
    else if (text.startsWith('<?', next)) at = behind('?>', next + 2) + 2;
    else if (text.startsWith('<![CDATA[', next)) {
      const end = behind(']]>', next + 9);
      yield { kind: 'text', text: text.slice(next + 9, end) };
      at = end + 3;
    } else if (text.startsWith('<!', next)) throw new XmlFault('it has a DOCTYPE, which is not read');
    else if (text.startsWith('</', next)) {
      const name = open.pop();
      if (name === undefined || !text.startsWith(name, next + 2)) throw new XmlFault('its elements are not nested');
      at = endOf(text, next + 2 + name.length).at;
      yield { kind: 'close', name };
    } else {
      if (open.length === 0 && hasRoot) throw new XmlFault('it has more than one document');
      hasRoot = true;
      const tag = tagAt(text, next + 1);
      yield { kind: 'open', name: tag.name, attributes: tag.attributes };
      if (tag.isEmpty) yield { kind: 'close', name: tag.name };
      else if (open.push(tag.name) > maxDepth) throw new XmlFault(`its elements are nested more than ${maxDepth} deep`);
      at = tag.at;
    }
  }
  if (open.length > 0 || !hasRoot) throw new XmlFault('it is not whole');
}

function tagAt(text: string, start: number) {
  nameAt.lastIndex = start;
  const name = nameAt.exec(text)?.[0];
  if (name === undefined) throw new XmlFault('an element has no name');
  const attributes = new Map<string, string>();
  let at = start + name.length;
  for (;;) {
    attributeAt.lastIndex = at;
    const match = attributeAt.exec(text);
    if (match === null) break;
    const [whole, key = '', double, single] = match;
    attributes.set(key, unescaped(double ?? single ?? ''));
    at += whole.length;
  }
  const end = endOf(text, at);
  return { name, attributes, isEmpty: end.isEmpty, at: end.at };
}

function endOf(text: string, from: number): { readonly at: number; readonly isEmpty: boolean } {
  endAt.lastIndex = from;
  const match = endAt.exec(text);
  if (match === null) throw new XmlFault('an element does not end');
  return { at: from + match[0].length, isEmpty: match[1] === '/' };
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return named.get(String(name)) ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
