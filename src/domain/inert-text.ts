/** Control characters except tab, line separators, zero-width and bidirectional controls, the byte order mark. */
const active = /(?!\t)[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Text in which nothing can act on a terminal: control characters are written as `\xNN` or `\u{N}`. */
export function inertText(text: string): string {
  // Almost all text is plain, and there is much of it.
  if (/^[\t\x20-\x7e]*$/.test(text)) return text;
  return text.replace(active, (character) => {
    const code = character.charCodeAt(0);
    const digits = code.toString(16).padStart(2, '0');
    return code <= 0xff ? `\\x${digits}` : `\\u{${digits}}`;
  });
}
