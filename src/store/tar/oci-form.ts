import { algorithmOf, type Digest, hexOf } from '../../domain/digest.ts';
import { maxDocumentBytes, readJson } from '../../formats/json.ts';
import { type OciDescriptor, OciIndex } from '../../formats/oci.ts';
import { bytesOf } from '../../formats/pieces.ts';
import { verifiedContent } from '../../formats/verified-content.ts';
import type { ContentSource } from '../../ports/content.ts';
import { typeOf } from '../manifest-type.ts';
import type { Contents } from './contents.ts';
import { broken } from './failure.ts';

/** What a form of archive gives: the content, and the images that it lists. */
export interface OpenForm {
  readonly source: ContentSource;
  readonly entries: readonly OciDescriptor[];
}

/** Opens an OCI image layout that was put into an archive; `undefined` where there is none. */
export async function openOciForm(contents: Contents): Promise<OpenForm | undefined> {
  if (contents.find('oci-layout') === undefined) return undefined;
  const bytes = await contents.readDocument('index.json');
  if (bytes === undefined) throw broken('the archive has an oci-layout and no index.json', contents.path);
  const about = { code: 'archive-broken', what: 'index.json', where: contents.path, next: 'make the archive again' };
  return { source: layoutSource(contents), entries: readJson(bytes, OciIndex, about).manifests };
}

function layoutSource(contents: Contents): ContentSource {
  const name = contents.path;
  const find = (digest: Digest) => contents.find(`blobs/${algorithmOf(digest)}/${hexOf(digest)}`);
  return {
    name,
    async readManifest(digest) {
      const file = find(digest);
      if (file === undefined) return undefined;
      if (file.size > maxDocumentBytes) throw broken(`the manifest ${digest} has ${file.size} bytes`, name);
      const content = verifiedContent({ digest, size: file.size }, await contents.read(file), name);
      const bytes = await bytesOf(content, file.size);
      return bytes === undefined ? undefined : { digest, bytes, mediaType: typeOf(bytes, digest) };
    },
    async readBlob(descriptor) {
      const file = find(descriptor.digest);
      return file === undefined ? undefined : verifiedContent(descriptor, await contents.read(file), name);
    },
  };
}
