/** Longer headers are cut before they are read: nobody means them. */
export const maxHeaderLength = 8192;

/** RFC 9110, 5.6.2: the characters of a token, for use in a pattern. */
export const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/** RFC 9110, 5.6.4: a string in quotes, for use in a pattern; its content is the only group. */
export const quoted = '"((?:[^"\\\\]|\\\\[\\s\\S])*)"';

/** The text that a string in quotes means. */
export function unquote(content: string): string {
  return content.replace(/\\([\s\S])/g, '$1');
}
