import { RemoteError } from '../../domain/errors.ts';
import { hostOf, type Repository } from '../../domain/image-ref.ts';
import { verifiedContent } from '../../formats/verified-content.ts';
import type { Descriptor } from '../../ports/content.ts';
import { discard } from './answer.ts';
import type { BlobWrite } from './blob-write.ts';
import type { Attempt } from './failure.ts';
import { pause } from './pace.ts';
import type { Right } from './scope.ts';
import type { RegistryRequest, RegistryResponse, Transport } from './transport.ts';
import type { UploadWay } from './upload-pieces.ts';
import type { Session } from './upload-session.ts';
import { cancelUpload, mountBlob, uploadBlob } from './uploads.ts';

/** How a blob came to be where it is. */
export type BlobOutcome = 'present' | 'mounted' | 'uploaded';

const mostBreaks = 5;

/** The content of a blob; it throws before its end when the bytes are not those of the digest. */
export async function readBlobContent(
  way: Pick<UploadWay, 'transport' | 'pace'>,
  repository: Repository,
  descriptor: Descriptor,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { digest } = descriptor;
  const attempt: Attempt = { repository, right: 'pull', what: `the blob ${digest}`, reference: digest };
  const request = { attempt, method: 'GET', at: `blobs/${digest}` } as const;
  const response = await way.transport.send({ ...request, expected: [200, 404] });
  if (response.status === 404) return undefined;
  return verifiedContent(descriptor, unbroken(way, request, response), repository);
}

/** A content that breaks off is asked for again from where it broke; a server that knows no ranges sends it whole, and we skip. */
async function* unbroken(
  { transport, pace }: Pick<UploadWay, 'transport' | 'pace'>,
  request: Pick<RegistryRequest, 'attempt' | 'method' | 'at'>,
  first: RegistryResponse,
): AsyncIterable<Uint8Array> {
  let response = first;
  let at = 0;
  for (let breaks = 0; ; ) {
    let skip = response.status === 206 ? 0 : at;
    try {
      for await (const piece of response.body) {
        const rest = piece.subarray(Math.min(skip, piece.length));
        skip -= piece.length - rest.length;
        at += rest.length;
        if (rest.length > 0) yield rest;
      }
      return;
    } catch (error) {
      breaks += 1;
      if (!(error instanceof RemoteError && error.code === 'remote-broke-off') || breaks > mostBreaks) throw error;
      await pause(pace, breaks);
    }
    response = await transport.send({ ...request, headers: { range: `bytes=${at}-` }, expected: [200, 206] });
  }
}

/** Asks whether a repository has a blob. Who asks in order to write does so with the right to write, as in `resolveManifest`. */
export async function isBlobThere(
  transport: Transport,
  repository: Repository,
  wanted: { readonly descriptor: Descriptor; readonly right: Right },
): Promise<boolean> {
  const { descriptor, right } = wanted;
  const { digest } = descriptor;
  const attempt: Attempt = { repository, right, what: `the blob ${digest}`, reference: digest };
  const at = `blobs/${descriptor.digest}`;
  const response = await transport.send({ attempt, method: 'HEAD', at, expected: [200, 404] });
  await discard(response);
  return response.status === 200;
}

/** Brings a blob into a repository by the cheapest way that works. */
export async function writeBlobContent(way: UploadWay, repository: Repository, write: BlobWrite): Promise<BlobOutcome> {
  const { transport } = way;
  const { descriptor } = write;
  const isThere = () => isBlobThere(transport, repository, { descriptor, right: 'push' });
  if (await isThere()) return 'present';
  let opened: Session | undefined;
  for (const from of write.mountFrom ?? []) {
    if (from === repository || hostOf(from) !== hostOf(repository)) continue;
    // Only the upload that was opened last is of use.
    if (opened !== undefined) await cancelUpload(transport, repository, opened);
    const mounted = await mountBlob(transport, repository, { digest: descriptor.digest, from });
    if (mounted.isDone) return 'mounted';
    opened = mounted.session;
  }
  await uploadBlob(way, repository, write, { isThere, session: opened });
  return 'uploaded';
}
