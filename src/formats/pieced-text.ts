/** A piece of a text, and the argument in whose value it was written; for the text itself that is empty. */
export interface Piece {
  readonly text: string;
  readonly source: string;
}

/** A text that remembers where each of its pieces is from. What is empty counts too: something could stand there. */
export type PiecedText = readonly Piece[];

/** The text of all pieces. */
export function plainText(pieces: PiecedText): string {
  let whole = '';
  for (const { text } of pieces) whole += text;
  return whole;
}

/** A value, or an empty text of that source: something could stand there. */
export function orEmpty(pieces: PiecedText | undefined, name: string): PiecedText {
  return pieces === undefined || plainText(pieces) === '' ? [{ text: '', source: name }] : pieces;
}

/** A part of a text, each of whose characters keeps its source. */
export function cut(pieces: PiecedText, start: number, end: number): PiecedText {
  let at = 0;
  return pieces.map(({ text, source }) => {
    const from = at;
    at += text.length;
    return { text: text.slice(Math.max(0, start - from), Math.max(0, end - from)), source };
  });
}
