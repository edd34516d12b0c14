import { Lexer } from 'yaml';

/** The longest text that is read. */
export const maxYamlLength = 1024 * 1024;

/** Nobody nests so deeply; the library calls itself for every level, and slowly. */
const maxDepth = 64;
const maxIndent = 256;
const maxTokens = 250_000;
const maxEscapes = 5_000;
const maxEmpty = 1_000;
const maxNames = 500;

/** Why a text would take long to read, and where that begins. */
export interface YamlExcess {
  readonly why: string;
  readonly offset: number;
}

/** Finds what a text has more of than anybody needs; the library has no limits of its own but for aliases. */
export function findYamlExcess(text: string): YamlExcess | undefined {
  if (text.length > maxYamlLength) {
    return { why: `it is longer than ${maxYamlLength} characters`, offset: maxYamlLength };
  }
  let [offset, depth, onLine, tokens, escapes, names, empty] = [0, 0, 0, 0, 0, 0, 0];
  let [isScalar, isLineStart, isAfterComma] = [false, true, false];
  for (const token of new Lexer().lex(text)) {
    // The lexer puts marks of its own between the pieces of the text; the last of them stands before a scalar.
    if (token === '\u0002' || token === '\u0018' || token === '\u001f') {
      isScalar = token === '\u001f';
      continue;
    }
    const sign = isScalar ? '' : token.charAt(0);
    const isBlank = sign === ' ' || sign === '\t';
    if (sign === '\n' || sign === '\r') onLine = 0;
    else if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth = Math.max(0, depth - 1);
    else if (sign === '-' || sign === '?') onLine += 1;
    else if (sign === '*' || sign === '&') names += 1;
    else if (sign === '"') escapes += token.split('\\').length - 1;
    if (sign === ',' && isAfterComma) empty += 1;
    if (!isBlank) {
      tokens += 1;
      isAfterComma = sign === ',';
    }
    const why = [
      isBlank && isLineStart && token.length > maxIndent ? `is indented by more than ${maxIndent} characters` : '',
      depth + onLine > maxDepth ? `is nested more than ${maxDepth} levels deep` : '',
      tokens > maxTokens ? `has more than ${maxTokens} words and signs` : '',
      empty > maxEmpty ? `has more than ${maxEmpty} commas with nothing before them` : '',
      escapes > maxEscapes ? `has more than ${maxEscapes} backslashes` : '',
      names > maxNames ? `has more than ${maxNames} anchors and aliases` : '',
    ].find((one) => one !== '');
    if (why !== undefined) return { why: `it ${why}`, offset };
    isLineStart = sign === '\n' || sign === '\r';
    isScalar = false;
    offset += token.length;
  }
  return undefined;
}
