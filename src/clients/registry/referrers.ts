import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository } from '../../domain/image-ref.ts';
import { maxDocumentBytes, readJson } from '../../formats/json.ts';
import { readManifest } from '../../formats/manifest.ts';
import { mediaTypes, type OciDescriptor, OciIndex } from '../../formats/oci.ts';
import type { RawManifest } from '../../ports/content.ts';
import { discard } from './answer.ts';
import type { BlobWrite } from './blob-write.ts';
import { writeBlobContent } from './blobs.ts';
import type { Attempt } from './failure.ts';
import { addToFallbackTag, readFallbackTag } from './fallback-tag.ts';
import { putRawManifest } from './manifests.ts';
import { pages } from './pages.ts';
import type { Transport } from './transport.ts';
import type { UploadWay } from './upload-pieces.ts';

/** With these, registries say that they have no list of referrers; 404 is what the specification wants. */
const noList = [400, 404, 405, 406];

/** A manifest with a subject, and the blobs that it speaks of. */
export interface Referrer {
  readonly manifest: RawManifest;
  readonly blobs: readonly BlobWrite[];
}

/** What speaks of a digest, all of it or of one artifact type. */
export async function readReferrers(
  transport: Transport,
  repository: Repository,
  subject: { readonly digest: Digest; readonly artifactType?: string | undefined },
): Promise<readonly OciDescriptor[]> {
  const { digest, artifactType } = subject;
  const found =
    (await readList(transport, repository, subject)) ?? (await readFallbackTag(transport, repository, digest));
  const wanted = found.filter((one) => artifactType === undefined || one.artifactType === artifactType);
  return [...new Map(wanted.map((one) => [one.digest, one])).values()];
}

/** Puts an artifact beside its subject so that it is found from there; returns what the list says of it. */
export async function attach(way: UploadWay, repository: Repository, referrer: Referrer): Promise<OciDescriptor> {
  const { transport } = way;
  const { subject, descriptor } = describe(referrer.manifest, repository);
  for (const blob of referrer.blobs) await writeBlobContent(way, repository, blob);
  const put = { reference: referrer.manifest.digest, manifest: referrer.manifest };
  const answer = await putRawManifest(transport, repository, put);
  if (answer.subject !== subject) await addToFallbackTag(way, repository, { subject, descriptor });
  return descriptor;
}

async function readList(
  transport: Transport,
  repository: Repository,
  { digest, artifactType }: { readonly digest: Digest; readonly artifactType?: string | undefined },
): Promise<readonly OciDescriptor[] | undefined> {
  const attempt: Attempt = { repository, right: 'pull', what: `the referrers of ${digest}`, reference: digest };
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const at = `referrers/${digest}${query}`;
  const headers = { accept: mediaTypes.index };
  const found: OciDescriptor[] = [];
  for await (const page of pages(transport, {
    attempt,
    method: 'GET',
    at,
    headers,
    expected: [200, ...noList],
    wholeBytes: maxDocumentBytes,
  })) {
    if (page.status !== 200) {
      await discard(page);
      return undefined;
    }
    const list = readJson(await page.bytes(maxDocumentBytes), OciIndex, {
      code: 'registry-answer-invalid',
      what: `the list of referrers of ${digest}`,
      where: repository,
      next: 'look at the log of the registry or of a proxy before it',
    });
    found.push(...list.manifests);
  }
  return found;
}

/** The descriptor as a registry that keeps the list itself would make it. */
function describe(raw: RawManifest, repository: Repository): { subject: Digest; descriptor: OciDescriptor } {
  const read = readManifest(raw);
  const { subject, annotations, artifactType: own } = read.kind === 'index' ? read.index : read.manifest;
  if (subject === undefined) {
    throw new RemoteError({
      code: 'referrer-without-subject',
      what: `${raw.digest} names no subject, so it can be attached to nothing`,
      where: repository,
      state: 'nothing was written',
      next: 'give its manifest a subject',
    });
  }
  const artifactType = own ?? (read.kind === 'manifest' ? read.manifest.config.mediaType : undefined);
  return {
    subject: subject.digest,
    descriptor: {
      mediaType: raw.mediaType,
      digest: raw.digest,
      size: raw.bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}
