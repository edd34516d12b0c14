import { algorithmOf, type Digest, digestOf, isDigest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import { maxDocumentBytes } from '../../formats/json.ts';
import { acceptedManifests } from '../../formats/oci.ts';
import type { RawManifest } from '../../ports/content.ts';
import { discard } from './answer.ts';
import { type Attempt, invalidAnswer } from './failure.ts';
import { checkDigest, manifestType } from './manifest-check.ts';
import type { Right } from './scope.ts';
import type { Transport } from './transport.ts';

/** What a tag or a digest names, without its bytes. */
export interface ResolvedManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

const accept = acceptedManifests.join(', ');

/**
 * Asks what a tag or a digest names; only a 404 means nothing. Who asks in order to write does so with the right to write:
 * some registries give no token for reading what is not there yet.
 */
export async function resolveManifest(
  transport: Transport,
  repository: Repository,
  wanted: { readonly reference: Tag | Digest; readonly right: Right },
): Promise<ResolvedManifest | undefined> {
  const { reference, right } = wanted;
  const attempt: Attempt = { repository, right, what: `the manifest ${reference}`, reference };
  const at = `manifests/${reference}`;
  const response = await transport.send({ attempt, method: 'HEAD', at, headers: { accept }, expected: [200, 404] });
  await discard(response);
  if (response.status === 404) return undefined;
  const digest = response.headers['docker-content-digest'];
  const mediaType = (response.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const size = response.headers['content-length'] ?? '';
  const comparable = isDigest(digest) && (!isDigest(reference) || algorithmOf(reference) === algorithmOf(digest));
  if (comparable && mediaType.includes('/') && /^[1-9][0-9]{0,14}$/.test(size)) {
    if (isDigest(reference)) checkDigest(reference, digest, attempt);
    return { digest, mediaType, size: Number(size) };
  }
  const raw = await readRawManifest(transport, repository, reference);
  return raw === undefined ? undefined : { digest: raw.digest, mediaType: raw.mediaType, size: raw.bytes.length };
}

/** Reads a manifest; its bytes were compared with the digest asked for, or with the one answered for a tag. */
export async function readRawManifest(
  transport: Transport,
  repository: Repository,
  reference: Tag | Digest,
): Promise<RawManifest | undefined> {
  const attempt: Attempt = { repository, right: 'pull', what: `the manifest ${reference}`, reference };
  const at = `manifests/${reference}`;
  const request = { attempt, method: 'GET', at, headers: { accept }, wholeBytes: maxDocumentBytes } as const;
  const response = await transport.send({ ...request, expected: [200, 404] });
  if (response.status === 404) {
    await discard(response);
    return undefined;
  }
  const bytes = await response.bytes(maxDocumentBytes);
  const answered = response.headers['docker-content-digest'];
  const wanted = isDigest(reference) ? reference : isDigest(answered) ? answered : digestOf(bytes);
  checkDigest(wanted, digestOf(bytes, algorithmOf(wanted)), attempt);
  return { mediaType: manifestType(response.headers['content-type'], bytes, attempt), digest: wanted, bytes };
}

/** What the registry told about a manifest that it took. */
export interface PutManifest {
  /** The subject whose list of referrers the registry keeps itself; without it, the fallback tag is ours to keep. */
  readonly subject: Digest | undefined;
}

/** Writes a manifest, the very same bytes, under a tag or under its digest. */
export async function putRawManifest(
  transport: Transport,
  repository: Repository,
  put: { readonly reference: Tag | Digest; readonly manifest: RawManifest },
): Promise<PutManifest> {
  const { reference, manifest } = put;
  const what = `the manifest ${reference} (${manifest.digest})`;
  const attempt: Attempt = { repository, right: 'push', what, reference };
  if (isDigest(reference) && reference !== manifest.digest) throw new Error(`${manifest.digest} put as ${reference}`);
  checkDigest(manifest.digest, digestOf(manifest.bytes, algorithmOf(manifest.digest)), attempt);
  const response = await transport.send({
    attempt,
    method: 'PUT',
    at: `manifests/${reference}`,
    headers: { 'content-type': manifest.mediaType },
    body: manifest.bytes,
    expected: [200, 201, 202],
  });
  await discard(response);
  const answered = response.headers['docker-content-digest'];
  if (isDigest(answered) && algorithmOf(answered) === algorithmOf(manifest.digest) && answered !== manifest.digest) {
    throw new RemoteError({
      code: 'registry-changed-manifest',
      what: `the registry made ${answered} of the manifest ${manifest.digest}`,
      where: `${repository} ${reference}`,
      state: 'the changed manifest is there; nothing else was written',
      next: 'remove it there, and use a registry or a proxy that keeps manifests as they are',
    });
  }
  const subject = response.headers['oci-subject'];
  if (subject !== undefined && !isDigest(subject)) throw invalidAnswer(attempt, 'named a subject that is no digest');
  return { subject };
}

/** Deletes a manifest, and with it every tag that names it; false where it was not there. */
export async function deleteManifest(transport: Transport, repository: Repository, digest: Digest): Promise<boolean> {
  const attempt: Attempt = { repository, right: 'push', what: `the manifest ${digest}`, reference: digest };
  const at = `manifests/${digest}`;
  const response = await transport.send({ attempt, method: 'DELETE', at, expected: [200, 202, 204, 404] });
  await discard(response);
  // When the reply to the first try was lost, the second one finds nothing.
  return response.status !== 404 || response.tries.attempts > 1;
}
