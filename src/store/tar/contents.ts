import { Hasher } from '../../domain/digest.ts';
import { maxDocumentBytes } from '../../formats/json.ts';
import { bytesOf } from '../../formats/pieces.ts';
import type { Files } from '../../ports/files.ts';
import { broken } from './failure.ts';
import { placeIn } from './names.ts';
import { type ArchivedFile, type ArchiveHeader, scanArchive, targetOf } from './scan.ts';

/** The files in an archive, by name, to be read where they lie. */
export interface Contents {
  readonly path: string;
  /** The file of a name, or the one that the name is a link to. */
  find(name: string): ArchivedFile | undefined;
  read(file: ArchivedFile): Promise<AsyncIterable<Uint8Array>>;
  /** A whole document; a larger one is an error. */
  readDocument(name: string): Promise<Uint8Array | undefined>;
}

const mostLinks = 40;

/** Looks through an archive. A name that leads out of it, or that two different contents have, makes it unusable. */
export async function openContents(files: Files, path: string): Promise<Contents> {
  const found = new Map<string, ArchiveHeader>();
  const twice: (readonly [ArchiveHeader, ArchiveHeader])[] = [];
  await scanArchive(files, path, (header) => {
    const place = placeIn(header.name);
    const leadsOut = place === undefined || (isLink(header) && targetOf(header) === undefined);
    if (leadsOut) throw broken(`${JSON.stringify(header.name)} leads out of the archive`, path);
    if (header.kind === 'other') return;
    const other = found.get(place);
    if (other === undefined) found.set(place, header);
    else twice.push([other, header]);
  });
  const read = async ({ start, size }: ArchivedFile): Promise<AsyncIterable<Uint8Array>> => {
    const content = await files.readStream(path, { start, size });
    if (content === undefined) throw broken('the archive went away while it was read', path);
    return content;
  };
  await requireSame(twice, path, read);
  const find = (name: string): ArchivedFile | undefined => {
    let place = placeIn(name);
    for (let links = 0; place !== undefined && links <= mostLinks; links += 1) {
      const header = found.get(place);
      if (header === undefined || !isLink(header)) return header?.content;
      place = targetOf(header);
    }
    return undefined;
  };
  return {
    path,
    find,
    read,
    async readDocument(name) {
      const file = find(name);
      if (file === undefined) return undefined;
      const bytes = file.size > maxDocumentBytes ? undefined : await bytesOf(await read(file), file.size);
      if (bytes?.length === file.size) return bytes;
      throw broken(
        `${JSON.stringify(name)} has ${file.size} bytes, more than ${maxDocumentBytes} or than there are`,
        path,
      );
    },
  };
}

function isLink({ kind }: ArchiveHeader): boolean {
  return kind === 'link' || kind === 'hard-link';
}

/** Some writers repeat a file; which of two different ones counts would depend on the reader. */
async function requireSame(
  pairs: readonly (readonly [ArchiveHeader, ArchiveHeader])[],
  path: string,
  read: Contents['read'],
): Promise<void> {
  const hash = async ({ content }: ArchiveHeader): Promise<string> => {
    const hasher = new Hasher();
    for await (const piece of await read(content)) hasher.add(piece);
    return hasher.digest();
  };
  for (const [one, other] of pairs) {
    const isAlike = one.kind === other.kind && one.target === other.target && one.content.size === other.content.size;
    if (isAlike && (isLink(one) || (await hash(one)) === (await hash(other)))) continue;
    throw broken(`${JSON.stringify(other.name)} is in the archive twice, with different content`, path);
  }
}
