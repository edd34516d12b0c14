import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { nextUrl } from './address.ts';
import { discard } from './answer.ts';
import type { Attempt } from './failure.ts';
import { once } from './retry.ts';
import type { RegistryResponse, Transport } from './transport.ts';

/** An upload that a registry has opened, and how far it has come. */
export interface Session {
  readonly url: URL;
  readonly received: number;
}

/** Opens an upload. */
export async function openSession(transport: Transport, attempt: Attempt): Promise<Session> {
  const response = await transport.send({ attempt, method: 'POST', at: 'blobs/uploads/', expected: [202] });
  await discard(response);
  return { url: nextUrl(response.url, response.headers.location, attempt.repository), received: 0 };
}

/** Asks how far an upload has come; `undefined` when nothing can be made of it any more. */
export async function askSession(
  transport: Transport,
  attempt: Attempt,
  session: Session,
): Promise<Session | undefined> {
  try {
    const response = await transport.send({ attempt, method: 'GET', at: session.url, expected: [202, 204] });
    await discard(response);
    return sessionAfter(response, session, attempt, undefined);
  } catch (error) {
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}

/** Where an upload stands by an answer about it; a registry that does not count is believed to have what was `sent`. */
export function sessionAfter(
  response: RegistryResponse,
  before: Session,
  { repository }: Attempt,
  sent: number | undefined,
): Session | undefined {
  const { location, range } = response.headers;
  const url = location === undefined ? before.url : nextUrl(response.url, location, repository);
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range ?? '')?.[1];
  if (last === undefined) return sent === undefined ? undefined : { url, received: sent };
  // By the specification this is the place of the last byte, and nothing at all is 0-0 as well.
  const received = Number(last) + 1;
  return { url, received: received === 1 && sent !== 1 ? 0 : received };
}

/** Sessions that stay open cost the registry a little and are collected by it, so a failure is no matter. */
export async function closeSession(transport: Transport, attempt: Attempt, { url }: Session): Promise<void> {
  try {
    const expected = [200, 202, 204];
    await discard(await transport.send({ attempt, method: 'DELETE', at: url, expected, retry: once }));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
  }
}

/** The address that makes a blob of an upload. Its query may be signed: it is kept as it is, and only added to. */
export function finishUrl({ url }: Session, digest: Digest): URL {
  const finish = new URL(url);
  finish.search = `${finish.search}${finish.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
  return finish;
}
