import { createByteReader } from './byte-reader.ts';

/** What `zstd` itself takes unless it is told otherwise; a frame may ask for a window of terabytes. */
const maxWindowBytes = 128 * 1024 * 1024;

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2.4 */
const maxBlockBytes = 128 * 1024;

interface FrameHeader {
  readonly bytes: Uint8Array;
  readonly contentBytes: number | undefined;
  readonly checksumBytes: 0 | 4;
}

/**
 * Unpacks zstd, of which Node 20 has none. The frames are taken apart here and given to the library block by block: so its memory has a bound,
 * and an end in the middle is seen. Checksums are not compared; who needs that has the digest of what is unpacked.
 */
export async function* unzstd(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const reader = createByteReader(content);
  for (let magic = await reader.read(4, true); magic !== undefined; magic = await reader.read(4, true)) {
    if (isSkippable(magic)) {
      await reader.skip(numberOf(await reader.read(4)));
      continue;
    }
    if (!startsFrame(magic)) throw new Error('there is something else where a frame should begin');
    const header = await readHeader(reader);
    let made: Uint8Array[] = [];
    let total = 0;
    const frame = new Decompress((piece) => void made.push(piece));
    frame.push(header.bytes);
    for (let isLast = false; !isLast; ) {
      const start = await reader.read(3);
      const fields = numberOf(start);
      isLast = (fields & 1) === 1;
      const isRepeated = ((fields >> 1) & 3) === 1;
      const size = fields >> 3;
      if (size > maxBlockBytes) throw new Error('a block is larger than any may be');
      const block = await reader.read(isRepeated ? 1 : size);
      const end = await reader.read(isLast ? header.checksumBytes : 0);
      frame.push(joined(start, block, end), isLast);
      for (const piece of made) {
        total += piece.length;
        if (piece.length > 0) yield piece;
      }
      made = [];
    }
    if (header.contentBytes !== undefined && header.contentBytes !== total)
      throw new Error('a frame is not as long as it says');
  }
}

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1 */
async function readHeader(reader: ReturnType<typeof createByteReader>): Promise<FrameHeader> {
  const descriptor = await reader.read(1);
  const flags = descriptor[0] ?? 0;
  const isSingle = (flags & 0x20) !== 0;
  const window = await reader.read(isSingle ? 0 : 1);
  const dictionary = await reader.read([0, 1, 2, 4][flags & 3] ?? 0);
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const size = await reader.read(sizeBytes);
  if (dictionary.some((byte) => byte !== 0)) throw new Error('it needs a dictionary');
  const contentBytes = sizeBytes === 0 ? undefined : numberOf(size) + (sizeBytes === 2 ? 256 : 0);
  const windowBytes = isSingle ? (contentBytes ?? 0) : windowOf(window[0] ?? 0);
  if (windowBytes > maxWindowBytes) throw new Error(`it asks for a window of ${windowBytes} bytes`);
  const bytes = joined(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), descriptor, window, dictionary, size);
  return { bytes, contentBytes, checksumBytes: (flags & 4) === 0 ? 0 : 4 };
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

/** Tells whether content that begins with these four bytes is zstd. */
export function isZstd(start: Uint8Array): boolean {
  return startsFrame(start) || isSkippable(start);
}

function startsFrame([a, b, c, d]: Uint8Array): boolean {
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
}

function isSkippable([a = 0, b, c, d]: Uint8Array): boolean {
  return a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18;
}

/** Little-endian; past 2^53 it is not exact, and far past what we take. */
function numberOf(bytes: Uint8Array): number {
  return bytes.reduceRight((total, byte) => total * 256 + byte, 0);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
