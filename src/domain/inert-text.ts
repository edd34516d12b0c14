/** C0 except tab, DEL and C1, line separators, zero-width and bidirectional controls, the byte order mark. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be found
const active = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text in which nothing can act on a terminal: control characters are written as `\xNN` or `\u{N}`. */
export function inertText(text: string): string {
  return text.replace(active, (character) => {
    const code = character.charCodeAt(0);
    const digits = code.toString(16).padStart(2, '0');
    return code <= 0xff ? `\\x${digits}` : `\\u{${digits}}`;
  });
}
