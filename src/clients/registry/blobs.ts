import { hostOf, type Repository } from '../../domain/image-ref.ts';
import { verifiedContent } from '../../formats/verified-content.ts';
import type { Descriptor } from '../../ports/content.ts';
import { discard } from './answer.ts';
import type { BlobWrite } from './blob-write.ts';
import type { Attempt } from './failure.ts';
import type { Right } from './scope.ts';
import type { Transport } from './transport.ts';
import { mountBlob, uploadBlob } from './uploads.ts';

/** How a blob came to be where it is. */
export type BlobOutcome = 'present' | 'mounted' | 'uploaded';

/** The content of a blob; it throws before its end when the bytes are not those of the digest. */
export async function readBlobContent(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const attempt: Attempt = { repository, right: 'pull', what: `the blob ${descriptor.digest}` };
  const at = `blobs/${descriptor.digest}`;
  const response = await transport.send({ attempt, method: 'GET', at, expected: [200, 404] });
  if (response.status === 200) return verifiedContent(descriptor, response.body, repository);
  await discard(response);
  return undefined;
}

/** Asks whether a repository has a blob. Who asks in order to write does so with the right to write, as in `resolveManifest`. */
export async function isBlobThere(
  transport: Transport,
  repository: Repository,
  wanted: { readonly descriptor: Descriptor; readonly right: Right },
): Promise<boolean> {
  const { descriptor, right } = wanted;
  const attempt: Attempt = { repository, right, what: `the blob ${descriptor.digest}` };
  const at = `blobs/${descriptor.digest}`;
  const response = await transport.send({ attempt, method: 'HEAD', at, expected: [200, 404] });
  await discard(response);
  return response.status === 200;
}

/** Brings a blob into a repository by the cheapest way that works. */
export async function writeBlobContent(
  transport: Transport,
  repository: Repository,
  write: BlobWrite,
): Promise<BlobOutcome> {
  const { descriptor } = write;
  if (await isBlobThere(transport, repository, { descriptor, right: 'push' })) return 'present';
  for (const from of write.mountFrom ?? []) {
    if (from === repository || hostOf(from) !== hostOf(repository)) continue;
    if (await mountBlob(transport, repository, { digest: descriptor.digest, from })) return 'mounted';
  }
  await uploadBlob(transport, repository, write);
  return 'uploaded';
}
