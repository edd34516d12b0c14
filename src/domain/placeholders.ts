/** A text with what is known put in the place of `{name}`; other braces stay as they are. */
export function fillText(text: string, values: Readonly<Record<string, string>>): string {
  // Few texts have any, and a large set has tens of thousands of texts.
  if (!text.includes('{')) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The same for every value of a record. */
export function fillTexts(
  texts: Readonly<Record<string, string | number | boolean>>,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const all = Object.entries(texts);
  if (all.length === 0) return {};
  return Object.fromEntries(all.map(([name, value]) => [name, fillText(String(value), values)]));
}
