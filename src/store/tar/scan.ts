import { bytesOf } from '../../formats/pieces.ts';
import type { Files } from '../../ports/files.ts';
import { broken, unusable } from './failure.ts';
import { folderOf, placeIn } from './names.ts';
import { type TarHeader, walkTar } from './walk.ts';

/** Where the content of a file lies within an archive. */
export interface ArchivedFile {
  readonly start: number;
  readonly size: number;
}

/** One header of an archive, as far as we look at it. */
export interface ArchiveHeader {
  readonly name: string;
  readonly kind: 'file' | 'hard-link' | 'link' | 'other';
  readonly target: string;
  readonly content: ArchivedFile;
}

/** An archive has as many entries as this at most; an image of 512 layers has some thousand. */
export const maxEntries = 100_000;

const maxNameLength = 4096;
const blockBytes = 512;
const compressions: readonly (readonly [string, readonly number[], string])[] = [
  ['gzip', [0x1f, 0x8b], 'gunzip'],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd], 'unzstd'],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a], 'unxz'],
  ['bzip2', [0x42, 0x5a, 0x68], 'bunzip2'],
];

/** Reads an archive once from its beginning to its end, and tells of every entry; contents are passed over. */
export async function scanArchive(files: Files, path: string, tell: (header: ArchiveHeader) => void): Promise<void> {
  await requireTar(files, path);
  const content = await files.readStream(path);
  if (content === undefined) throw missing(path);
  await walkTar(content, {
    tell: (header) => tell(read(header, path)),
    maxEntries,
    fail: (what) => broken(`the archive ${what}`, path),
  });
}

/** A file to which a link with a name leads; undefined where it leads out or is not there. */
export function targetOf(link: ArchiveHeader): string | undefined {
  return link.kind === 'hard-link' ? placeIn(link.target) : placeIn(link.target, folderOf(placeIn(link.name) ?? ''));
}

function read(header: TarHeader, path: string) {
  const start = 'byteOffset' in header ? header.byteOffset : undefined;
  if (typeof start !== 'number') throw new Error('the tar reader does not say where a content begins');
  const { name, size, type, linkname } = header;
  const target = linkname ?? '';
  if (name.length > maxNameLength || target.length > maxNameLength) throw broken('a name in it is too long', path);
  const kind = kindOf(type);
  return { name, kind, target, content: { start, size } } satisfies ArchiveHeader;
}

function kindOf(type: string): ArchiveHeader['kind'] {
  if (type === 'file' || type === 'contiguous-file') return 'file';
  if (type === 'link') return 'hard-link';
  return type === 'symlink' ? 'link' : 'other';
}

/** Looks at the first block, so that the most frequent mistakes are called by their name. */
async function requireTar(files: Files, path: string): Promise<void> {
  const content = await files.readStream(path, { start: 0, size: blockBytes });
  const first = content === undefined ? undefined : await bytesOf(content, blockBytes);
  if (first === undefined) throw missing(path);
  for (const [name, magic, tool] of compressions) {
    if (!magic.every((byte, at) => first[at] === byte)) continue;
    const next = `unpack it first: ${tool} --stdout FILE > FILE.tar`;
    const what = `the archive is compressed with ${name}`;
    throw unusable({ code: 'archive-compressed', what, where: path, next });
  }
  if (new TextDecoder('latin1').decode(first.subarray(257, 262)) === 'ustar') return;
  const next = 'name a file that `docker save`, `buildx build --output type=oci` or `slipway copy` wrote';
  throw unusable({ code: 'archive-no-tar', what: 'the file is no tar archive', where: path, next });
}

function missing(path: string): Error {
  return unusable({ code: 'archive-missing', what: 'there is no such file', where: path, next: 'check the path' });
}
