import { algorithmOf, type Digest, digestOf, isDigest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { isTag } from '../../domain/image-ref.ts';
import { maxDocumentBytes } from '../../formats/json.ts';
import { readManifest } from '../../formats/manifest.ts';
import { acceptedManifests, mediaTypes } from '../../formats/oci.ts';
import { bytesOf } from '../../formats/pieces.ts';
import type { RawManifest } from '../../ports/content.ts';
import type { ServedRequest, ServedResponse } from '../../ports/http-server.ts';
import { typeOf } from '../manifest-type.ts';
import { referencesOf } from '../references.ts';
import { referrerOf } from '../referrers.ts';
import type { RepositoryFolder } from '../repository.ts';
import { empty, refusal } from './answers.ts';
import { serveManifest } from './content.ts';

/** Answers GET and HEAD of a manifest by tag or digest. */
export async function getManifest(repository: RepositoryFolder, reference: string): Promise<ServedResponse> {
  const digest = await digestBehind(repository, reference);
  const raw = digest === undefined ? undefined : await repository.readManifest(digest);
  return raw === undefined ? unknown(reference) : serveManifest(raw);
}

/** Answers DELETE: a tag goes alone, a digest goes with all its tags. */
export async function deleteManifest(repository: RepositoryFolder, reference: string): Promise<ServedResponse> {
  const isGone = isDigest(reference)
    ? await repository.removeManifest(reference)
    : isTag(reference) && (await repository.removeTag(reference));
  return isGone ? empty(202) : unknown(reference);
}

/** Answers PUT: the manifest is taken byte by byte, once everything that it refers to is here. */
export async function putManifest(
  repository: RepositoryFolder,
  reference: string,
  request: ServedRequest,
): Promise<ServedResponse> {
  if (!isDigest(reference) && !isTag(reference)) {
    return refusal(400, 'TAG_INVALID', 'the reference is neither a tag nor a digest');
  }
  const bytes = await bytesOf(request.body, maxDocumentBytes);
  if (bytes === undefined) {
    return refusal(413, 'SIZE_INVALID', `a manifest may have ${maxDocumentBytes} bytes`);
  }
  const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256');
  if (isDigest(reference) && reference !== digest) {
    return refusal(400, 'DIGEST_INVALID', `what was sent hashes to ${digest}`);
  }
  const checked = checkedManifest(bytes, digest, request.headers['content-type']);
  if ('status' in checked) return checked;
  const missing = await missingFrom(repository, checked);
  if (missing.length > 0) {
    return refusal(400, 'MANIFEST_BLOB_UNKNOWN', `push these first: ${missing.slice(0, 8).join(', ')}`);
  }
  await repository.writeManifest(checked);
  if (isTag(reference)) await repository.writeTag(reference, checked);
  const subject = referrerOf(checked)?.subject;
  return empty(201, {
    location: `/v2/${repository.name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject === undefined ? {} : { 'oci-subject': subject }),
  });
}

function checkedManifest(
  bytes: Uint8Array,
  digest: Digest,
  contentType: string | undefined,
): RawManifest | ServedResponse {
  const invalid = (message: string): ServedResponse => refusal(400, 'MANIFEST_INVALID', message);
  const sentType = contentType?.split(';')[0]?.trim() ?? mediaTypes.manifest;
  if (!acceptedManifests.includes(sentType)) return invalid('the Content-Type is that of no manifest');
  try {
    const raw = { digest, bytes, mediaType: sentType };
    referencesOf(readManifest(raw), digest);
    return typeOf(bytes, digest) === sentType ? raw : invalid('the Content-Type is not what the manifest says it is');
  } catch (failure) {
    if (failure instanceof RemoteError) return invalid(failure.what);
    throw failure;
  }
}

async function missingFrom(repository: RepositoryFolder, raw: RawManifest): Promise<readonly Digest[]> {
  const { manifests, blobs } = referencesOf(readManifest(raw), raw.digest);
  const missing: Digest[] = [];
  for (const { digest } of manifests) if (!(await repository.hasManifest(digest))) missing.push(digest);
  for (const blob of blobs) if (!(await repository.hasBlob(blob))) missing.push(blob.digest);
  return missing;
}

async function digestBehind(repository: RepositoryFolder, reference: string): Promise<Digest | undefined> {
  if (isDigest(reference)) return reference;
  return isTag(reference) ? repository.digestOfTag(reference) : undefined;
}

function unknown(reference: string): ServedResponse {
  return refusal(404, 'MANIFEST_UNKNOWN', `there is no manifest ${reference.slice(0, 160)}`);
}
