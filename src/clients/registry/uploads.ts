import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { pathOf, type Repository } from '../../domain/image-ref.ts';
import { discard } from './answer.ts';
import type { BlobWrite } from './blob-write.ts';
import { ContentReader } from './content-reader.ts';
import type { Attempt } from './failure.ts';
import { pause } from './pace.ts';
import { mostServerErrors } from './retry.ts';
import type { RegistryResponse, Transport } from './transport.ts';
import { sendRest, type UploadWay } from './upload-pieces.ts';
import { askSession, closeSession, openSession, type Session, sessionAfter } from './upload-session.ts';

const mostAttempts = 4;
const longestAskedMs = 120_000;

/** How a mount ended. */
export interface Mounted {
  readonly isDone: boolean;
  /** The upload that the registry opened in its place. */
  readonly session?: Session | undefined;
}

/**
 * Asks the registry to take a blob from another repository of its own. It may say no by opening an upload session,
 * or because the other repository is not ours to read; neither is a failure.
 */
export async function mountBlob(
  transport: Transport,
  repository: Repository,
  mount: { readonly digest: Digest; readonly from: Repository },
): Promise<Mounted> {
  const { digest, from } = mount;
  const attempt: Attempt = { repository, right: 'push', what: `the blob ${digest} from ${from}`, reference: digest };
  const at = `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(pathOf(from))}`;
  let response: RegistryResponse;
  try {
    const expected = [201, 202, 400, 404, 405];
    response = await transport.send({ attempt, method: 'POST', at, expected, mountFrom: from });
  } catch (error) {
    if (error instanceof RemoteError && error.code === 'registry-denied') return { isDone: false };
    throw error;
  }
  await discard(response);
  if (response.status === 201) return { isDone: true };
  // A registry that does not mount opens an upload instead.
  const opened = response.status === 202 && response.headers.location !== undefined;
  const session = opened ? sessionAfter(response, { url: response.url, received: 0 }, attempt, 0) : undefined;
  return { isDone: false, session };
}

/**
 * Uploads a blob. What breaks on the way goes on where the registry says that it stands, or else from the beginning;
 * whether a reply was lost is found out by `isThere`. A session that is open already is used.
 */
export async function uploadBlob(
  way: UploadWay,
  repository: Repository,
  write: BlobWrite,
  from: { readonly isThere: () => Promise<boolean>; readonly session?: Session | undefined },
): Promise<void> {
  const { digest, size } = write.descriptor;
  const attempt: Attempt = { repository, right: 'push', what: `the blob ${digest}`, reference: digest };
  const reader = new ContentReader(write.open, size);
  let { session } = from;
  let serverErrors = 0;
  let waitedMs = 0;
  try {
    for (let attempts = 1; ; attempts += 1) {
      session ??= await openSession(way.transport, attempt);
      const setback = await sendRest(way, { attempt, write, reader, session });
      if (setback === undefined) return;
      if (setback.mayBeDone && (await from.isThere())) return;
      if (setback.status === 500) serverErrors += 1;
      const isHopeless = attempts >= mostAttempts || serverErrors >= mostServerErrors;
      if (isHopeless || (setback.askedMs ?? 0) > longestAskedMs) throw setback.error({ attempts, waitedMs });
      waitedMs += await pause(way.pace, attempts, setback.askedMs);
      session = setback.isLost ? undefined : await goOn(way, attempt, setback.session);
      // It had counted late, and what we sent is there: that was no failure.
      const isAhead = session !== undefined && session.received > setback.session.received;
      if (setback.status === 416 && isAhead) attempts -= 1;
    }
  } finally {
    await reader.close();
  }
}

/**
 * The session, if there is something in it to go on from. One that counts nothing may still be writing what we sent:
 * what came then would be added to that.
 */
async function goOn(way: UploadWay, attempt: Attempt, session: Session): Promise<Session | undefined> {
  const now = await askSession(way.transport, attempt, session);
  if (now === undefined || now.received > 0) return now;
  await closeSession(way.transport, attempt, now);
  return undefined;
}

/** Takes back an upload that nobody is going to use. */
export async function cancelUpload(transport: Transport, repository: Repository, session: Session): Promise<void> {
  await closeSession(transport, { repository, right: 'push', what: 'an upload that is not needed' }, session);
}

/**
 * Begins an upload and takes it back: whoever may do that may push. A blob that is there is asked for where it is, instead:
 * it takes the same right, and leaves nothing to take back.
 */
export async function tryUpload(transport: Transport, repository: Repository, held?: Digest): Promise<void> {
  if (held !== undefined && (await tryMount(transport, repository, held))) return;
  const attempt: Attempt = { repository, right: 'push', what: 'an upload on trial' };
  await closeSession(transport, attempt, await openSession(transport, attempt));
}

/** True where it shows the right. Whatever else a registry says of a mount that is for nothing, says nothing of that. */
async function tryMount(transport: Transport, repository: Repository, digest: Digest): Promise<boolean> {
  try {
    const { isDone, session } = await mountBlob(transport, repository, { digest, from: repository });
    if (session !== undefined) await cancelUpload(transport, repository, session);
    return isDone || session !== undefined;
  } catch (error) {
    if (error instanceof RemoteError && error.status !== undefined) return false;
    throw error;
  }
}
