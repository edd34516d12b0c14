/** A secret as an input gives it. */
export interface SecretLine {
  /** Empty where the entry has no `=`. */
  readonly id: string;
  readonly value: string;
}

/**
 * Reads entries of the form `ID=value`, one on each line. One in quotation marks may have several lines, and `""` in it is
 * one mark: the input of docker/build-push-action has the same form.
 */
export function readSecretLines(text: string): readonly SecretLine[] {
  // The end of the text ends a quotation that nobody has closed: it may hold a secret all the same.
  const entries = [...text.matchAll(/[ \t]*(?:"((?:[^"]|"")*)(?:"([^\r\n]*)|$)|([^\r\n]+))/g)];
  return entries.flatMap(([, quoted, rest = '', plain = '']) => {
    const texts = quoted === undefined ? [plain.trim()] : [quoted.replaceAll('""', '"'), rest.trim()];
    return texts.filter((text) => text !== '').map(secretLine);
  });
}

function secretLine(entry: string): SecretLine {
  const at = entry.indexOf('=');
  return at < 0 ? { id: '', value: entry } : { id: entry.slice(0, at).trim(), value: entry.slice(at + 1) };
}
