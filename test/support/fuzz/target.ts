import { SlipwayError } from '../../../src/domain/errors.ts';
import type { textInputs } from './text-inputs.ts';

/** Something that reads text from outside, and what must hold for whatever it is given. */
export interface Target {
  readonly name: string;
  readonly inputs: ReturnType<typeof textInputs>;
  /** Throws when a law is broken, or when something was thrown that is no expected error. */
  check(text: string): void | Promise<void>;
}

/** What a parser makes of an input, or nothing where it refuses it as an expected error. */
export function resultOf<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

/** A law. */
export function must(holds: boolean, law: string): asserts holds {
  if (!holds) throw new Error(`broken law: ${law}`);
}

/** The law that two values say the same. */
export function mustEqual(found: unknown, expected: unknown, law: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  must(a === b, `${law}: ${a?.slice(0, 300)} is not ${b?.slice(0, 300)}`);
}

let last: { readonly text: string; readonly bytes: Uint8Array } | undefined;

/** The bytes that an input stands for. An input that seems slow is measured again, and then without the time of making them. */
export function bytesOfInput(text: string): Uint8Array {
  if (last?.text !== text) last = { text, bytes: makeBytes(text) };
  return last.bytes;
}

/** UTF-8, but U+DC80 to U+DCFF are single bytes that are none. */
function makeBytes(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return Buffer.from(text);
  const bytes = Buffer.alloc(text.length * 3);
  let size = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) size = bytes.writeUInt8(code & 0xff, size);
    else size += bytes.write(character, size);
  }
  return bytes.subarray(0, size);
}
