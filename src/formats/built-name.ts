import { type PiecedText, plainText } from './pieced-text.ts';

/** Tells whether something before the last part of an image's name was written elsewhere than that part: in an argument. */
export function isUnderVariable(reference: PiecedText): boolean {
  const { partStart, source } = lastPart(reference);
  let at = 0;
  return reference.some((piece) => {
    const start = at;
    at += piece.text.length;
    const isBefore = piece.text === '' ? start <= partStart : start < partStart;
    return isBefore && piece.source !== source;
  });
}

/** The whole parts at the end of the name that were written in one place with its last one. */
export function fixedEndOf(reference: PiecedText): string {
  const { partStart, nameEnd, source } = lastPart(reference);
  let start = partStart;
  while (start > 0 && sourceAt(reference, start - 1) === source) start -= 1;
  const name = plainText(reference).slice(0, nameEnd);
  if (start === 0) return name.replace(/^\/+/, '');
  // What begins in the middle of a part is no part.
  const slash = name.indexOf('/', start - 1);
  return slash < 0 || slash >= partStart ? name.slice(partStart) : name.slice(slash + 1);
}

function lastPart(reference: PiecedText): {
  readonly partStart: number;
  readonly nameEnd: number;
  readonly source: string | undefined;
} {
  const text = plainText(reference);
  const at = text.indexOf('@');
  const whole = at < 0 ? text.length : at;
  const partStart = text.lastIndexOf('/', whole - 1) + 1;
  const colon = text.indexOf(':', partStart);
  const nameEnd = colon < 0 || colon > whole ? whole : colon;
  return { partStart, nameEnd, source: sourceAt(reference, Math.max(partStart, nameEnd - 1)) };
}

/** Where a character was written. */
function sourceAt(reference: PiecedText, index: number): string | undefined {
  let end = 0;
  return reference.find(({ text }) => {
    end += text.length;
    return index < end;
  })?.source;
}
