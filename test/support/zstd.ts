/** A zstd frame with this content as it is, in raw blocks; a reader cannot tell that nothing was packed. */
export function zstdFrame(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const blocks = Array.from({ length: Math.max(1, Math.ceil(bytes.length / blockBytes)) }, (_, place) => {
    const part = bytes.subarray(place * blockBytes, (place + 1) * blockBytes);
    const isLast = (place + 1) * blockBytes >= bytes.length;
    return Buffer.concat([blockHeader(isLast, 0, part.length), part]);
  });
  return Buffer.concat([frameHeader, ...blocks]);
}

/** A zstd frame of so many blocks, each of which repeats one byte so often. */
export function zstdRepeats(blocks: number, times: number): Buffer {
  const parts = Array.from({ length: blocks }, (_, place) =>
    Buffer.concat([blockHeader(place === blocks - 1, 1, times), Buffer.from('a')]),
  );
  return Buffer.concat([frameHeader, ...parts]);
}

/** A frame that readers of zstd pass over. */
export function skippableFrame(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18]), size, Buffer.from(text)]);
}

const blockBytes = 128 * 1024;

/** The magic number, no flags, a window of 2 MiB. */
const frameHeader = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);

function blockHeader(isLast: boolean, type: number, size: number): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return header;
}
