import { algorithmOf, type Digest, isDigest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { pathOf, type Repository } from '../../domain/image-ref.ts';
import { verifiedContent } from '../../formats/verified-content.ts';
import { nextUrl } from './address.ts';
import { discard } from './answer.ts';
import type { BlobWrite } from './blob-write.ts';
import { type Attempt, invalidAnswer } from './failure.ts';
import type { RegistryResponse, Transport } from './transport.ts';

/** Statuses with which a registry says that it has forgotten the session, or lost count of it. */
const sessionLost = [404, 416];

/**
 * Asks the registry to take a blob from another repository of its own. It may say no by opening an upload session,
 * or because the other repository is not ours to read; neither is a failure.
 */
export async function mountBlob(
  transport: Transport,
  repository: Repository,
  mount: { readonly digest: Digest; readonly from: Repository },
): Promise<boolean> {
  const attempt: Attempt = { repository, right: 'push', what: `the blob ${mount.digest} from ${mount.from}` };
  const at = `blobs/uploads/?mount=${mount.digest}&from=${encodeURIComponent(pathOf(mount.from))}`;
  let response: RegistryResponse;
  try {
    const expected = [201, 202, 400, 404, 405];
    response = await transport.send({ attempt, method: 'POST', at, expected, mountFrom: mount.from });
  } catch (error) {
    if (error instanceof RemoteError && error.code === 'registry-denied') return false;
    throw error;
  }
  await discard(response);
  if (response.status === 202) await closeSession(transport, attempt, response);
  return response.status === 201;
}

/** Sends the whole content in one request; when the session was lost, once more in a new one. */
export async function uploadBlob(transport: Transport, repository: Repository, write: BlobWrite): Promise<void> {
  const { descriptor, open } = write;
  const attempt: Attempt = { repository, right: 'push', what: `the blob ${descriptor.digest}` };
  const send = async (expected: readonly number[]): Promise<RegistryResponse> => {
    const session = await openSession(transport, attempt);
    return transport.send({
      attempt,
      method: 'PUT',
      at: withDigest(nextUrl(session.url, session.headers.location, repository), descriptor.digest),
      headers: { 'content-type': 'application/octet-stream' },
      body: {
        size: descriptor.size,
        open: async () => verifiedContent(descriptor, await open(), 'the content to write'),
      },
      expected,
    });
  };
  let response = await send([201, ...sessionLost]);
  if (sessionLost.includes(response.status)) {
    await discard(response);
    response = await send([201]);
  }
  await discard(response);
  const answered = response.headers['docker-content-digest'];
  if (!isDigest(answered) || algorithmOf(answered) !== algorithmOf(descriptor.digest)) return;
  if (answered !== descriptor.digest) throw invalidAnswer(attempt, `stored ${answered}`);
}

/** Begins an upload and takes it back: whoever may do that may push. */
export async function tryUpload(transport: Transport, repository: Repository): Promise<void> {
  const attempt: Attempt = { repository, right: 'push', what: 'an upload on trial' };
  await closeSession(transport, attempt, await openSession(transport, attempt));
}

async function openSession(transport: Transport, attempt: Attempt): Promise<RegistryResponse> {
  const response = await transport.send({ attempt, method: 'POST', at: 'blobs/uploads/', expected: [202] });
  await discard(response);
  return response;
}

/** Sessions that stay open cost the registry a little and are collected by it, so a failure is no matter. */
async function closeSession(transport: Transport, attempt: Attempt, session: RegistryResponse): Promise<void> {
  try {
    const at = nextUrl(session.url, session.headers.location, attempt.repository);
    await discard(await transport.send({ attempt, method: 'DELETE', at, expected: [200, 202, 204] }));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
  }
}

/** The query of the address may be signed: it is kept as it is, and only added to. */
function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search = `${url.search}${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
  return url;
}
