import { StringDecoder } from 'node:string_decoder';

/** Takes bytes as they come and hands on whole lines. */
export interface LineSplitter {
  add(piece: Uint8Array): void;
  /** Hands on what is left when no line ending will come any more. */
  end(): void;
}

/** Splits at line feeds; a line of more than `maxLength` characters is handed on in parts. */
export function createLineSplitter(maxLength: number, onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let pending = '';

  const emit = (line: string): void => onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  const emitLong = (): void => {
    while (pending.length > maxLength) {
      // A surrogate pair is one character.
      const cut = /[\ud800-\udbff]/.test(pending.charAt(maxLength - 1)) ? maxLength - 1 : maxLength;
      onLine(pending.slice(0, cut));
      pending = pending.slice(cut);
    }
  };
  const take = (text: string): void => {
    const [first = '', ...rest] = text.split('\n');
    pending += first;
    for (const part of rest) {
      emitLong();
      emit(pending);
      pending = part;
    }
    emitLong();
  };

  return {
    add: (piece) => take(decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))),
    end() {
      take(decoder.end());
      if (pending !== '') emit(pending);
      pending = '';
    },
  };
}
