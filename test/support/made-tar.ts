/** One entry of a tar; exactly what a test wants to be in it, sensible or not. */
export interface MadeEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** What a symbolic link points to. */
  readonly link?: string;
  /** What a hard link is another name of. */
  readonly same?: string;
  /** By default 644. */
  readonly mode?: number;
  readonly uid?: number;
  /** Seconds since 1970; by default 0. */
  readonly mtime?: number;
}

const blockBytes = 512;

/** Makes a tar in the ustar form, without a look at what our own packer does. */
export function madeTar(entries: readonly MadeEntry[]): Uint8Array {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * blockBytes)]);
}

function blocksOf({
  name,
  content = '',
  link,
  same,
  mode = 0o644,
  uid = 0,
  mtime = 0,
}: MadeEntry): readonly Uint8Array[] {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write(`${uid.toString(8).padStart(7, '0')}\0`, 108);
  header.write('0000000\0', 116);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${mtime.toString(8).padStart(11, '0')}\0`, 136);
  header.write('        ', 148);
  header.write(link !== undefined ? '2' : same !== undefined ? '1' : name.endsWith('/') ? '5' : '0', 156);
  header.write(link ?? same ?? '', 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, bytes, Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes)];
}
