import { retryAfterMs } from '../../domain/backoff.ts';
import { algorithmOf, type Digest, isDigest } from '../../domain/digest.ts';
import { RemoteError, type Tries } from '../../domain/errors.ts';
import { discard } from './answer.ts';
import type { BlobWrite } from './blob-write.ts';
import type { ContentReader } from './content-reader.ts';
import { type Attempt, failureOf, invalidAnswer, unreachableFor } from './failure.ts';
import type { Pace } from './pace.ts';
import { busyWord, once, passingStatuses } from './retry.ts';
import type { RegistryResponse, Transport } from './transport.ts';
import { finishUrl, type Session, sessionAfter } from './upload-session.ts';

/** What uploads go through. */
export interface UploadWay {
  readonly transport: Transport;
  readonly pace: Pace;
  /** The most bytes of one request; without it a blob travels whole. */
  readonly chunkBytes: number | undefined;
}

/** An upload under way. */
export interface Sending {
  readonly attempt: Attempt;
  readonly write: BlobWrite;
  readonly reader: ContentReader;
  readonly session: Session;
}

/** Why an upload did not come to its end this time. */
export interface Setback {
  readonly status: number | undefined;
  /** How long the registry wants us to wait. */
  readonly askedMs: number | undefined;
  /** Nothing can be made of the session any more. */
  readonly isLost: boolean;
  /** The last request was on its way: the blob may be there all the same. */
  readonly mayBeDone: boolean;
  readonly session: Session;
  error(tries: Tries): RemoteError;
}

/** A blob up to this size travels in the request that finishes it: what is lost with it is quickly sent again. */
const smallBytes = 8 * 1024 * 1024;

/** Statuses after which an upload goes on, once the registry has said where it stands. */
const recoverable: readonly number[] = [...passingStatuses, 404, 416, 500];

type Outcome<T> =
  | { readonly kind: 'well'; readonly value: T }
  | { readonly kind: 'setback'; readonly setback: Setback };

/** Sends what a session has not got yet, and makes a blob of it. Nothing comes back when all went well. */
export async function sendRest(way: UploadWay, sending: Sending): Promise<Setback | undefined> {
  const { size } = sending.write.descriptor;
  const chunkBytes = way.chunkBytes ?? size;
  let { session } = sending;
  if (session.received === 0 && size <= Math.min(smallBytes, chunkBytes)) return finish(way, sending, size);
  while (session.received < size) {
    const sent = await sendPiece(way, { ...sending, session }, Math.min(chunkBytes, size - session.received));
    if (sent.kind === 'setback') return sent.setback;
    session = sent.value;
  }
  return finish(way, { ...sending, session }, 0);
}

async function sendPiece(way: UploadWay, sending: Sending, size: number): Promise<Outcome<Session>> {
  const { attempt, session, write } = sending;
  const { received } = session;
  // A whole blob goes without a range, as engines send it: not every registry knows what to do with one.
  const isWhole = received === 0 && size === write.descriptor.size;
  const headers = isWhole ? {} : { 'content-range': `${received}-${received + size - 1}` };
  const answer = await sendOnce(way, sending, { method: 'PATCH', at: session.url, size, headers });
  if (answer.kind === 'setback') return answer;
  const sent = received + size;
  return {
    kind: 'well',
    value: sessionAfter(answer.value, session, attempt, sent) ?? { url: session.url, received: sent },
  };
}

async function finish(way: UploadWay, sending: Sending, size: number): Promise<Setback | undefined> {
  const { digest } = sending.write.descriptor;
  const at = finishUrl(sending.session, digest);
  const answer = await sendOnce(way, sending, { method: 'PUT', at, size, headers: {} });
  if (answer.kind === 'setback') return { ...answer.setback, mayBeDone: true };
  requireDigest(answer.value, digest, sending.attempt);
  return undefined;
}

interface Piece {
  readonly method: 'PATCH' | 'PUT';
  readonly at: URL;
  readonly size: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A piece is never sent blindly again: its bytes may have arrived although nobody said so. */
async function sendOnce(way: UploadWay, sending: Sending, piece: Piece): Promise<Outcome<RegistryResponse>> {
  const { attempt, reader, session, write } = sending;
  const { method, at, size } = piece;
  const open = async (): Promise<AsyncIterable<Uint8Array>> => reader.part(session.received, size, write.onProgress);
  const setback = { session, mayBeDone: false };
  try {
    const response = await way.transport.send({
      attempt,
      method,
      at,
      headers: { 'content-type': 'application/octet-stream', ...piece.headers },
      body: size === 0 ? new Uint8Array() : { size, open },
      retry: once,
      expected: [201, 202, 204, ...recoverable, 400],
      isRefusalExpected: true,
    });
    await discard(response);
    const { status, headers, refusal } = response;
    if (status < 300) return { kind: 'well', value: response };
    const isGarbled = refusal.includes('DIGEST_INVALID') && method === 'PUT';
    const mayPass = recoverable.includes(status) || refusal.includes(busyWord) || isGarbled;
    const asker = await way.transport.asker(attempt, method);
    if (!mayPass) throw failureOf(response, attempt, asker);
    const askedMs = retryAfterMs(headers, way.pace.clock.now());
    const error = (tries: Tries): RemoteError => failureOf({ ...response, tries }, attempt, asker);
    return { kind: 'setback', setback: { ...setback, status, askedMs, isLost: status === 404 || isGarbled, error } };
  } catch (failure) {
    if (!(failure instanceof RemoteError) || failure.code !== 'remote-unreachable') throw failure;
    const error = (tries: Tries): RemoteError => unreachableFor(attempt, method, causeOf(failure), tries);
    return { kind: 'setback', setback: { ...setback, status: undefined, askedMs: undefined, isLost: false, error } };
  }
}

/** The failure in its own words, before they were told for one request. */
function causeOf(failure: RemoteError): RemoteError {
  return failure.cause instanceof RemoteError ? failure.cause : failure;
}

function requireDigest({ headers }: RegistryResponse, digest: Digest, attempt: Attempt): void {
  const answered = headers['docker-content-digest'];
  if (!isDigest(answered) || algorithmOf(answered) !== algorithmOf(digest) || answered === digest) return;
  throw invalidAnswer(attempt, `stored ${answered}`);
}
