/** The beginning of an entry: the name of a package, and below it the short name of its licence. */
const beginning = /^((?:@[\w.-]+\/)?[\w.-]+)\n([\w.() -]{3,60})\n(?!\n)/gm;

/**
 * Puts packages that come with the same licence, word for word, above one copy of it. Many have the same one, and it would stand in
 * the bundle as often.
 */
export function withEachTextOnce(licences: string): string {
  const starts = [...licences.matchAll(beginning)].filter(({ index }) => index === 0 || licences[index - 2] === '\n');
  const namesByText = new Map<string, string[]>();
  for (const [place, { index, 1: name = '', 2: licence = '' }] of starts.entries()) {
    const entry = licences.slice(index, starts[place + 1]?.index);
    const text = entry.slice(name.length + 1).trimEnd();
    const key = text === '' ? licence : text;
    namesByText.set(key, [...(namesByText.get(key) ?? []), name]);
  }
  const before = licences.slice(0, starts[0]?.index ?? licences.length);
  return before + [...namesByText].map(([text, names]) => `${names.join('\n')}\n${text}\n`).join('\n');
}
