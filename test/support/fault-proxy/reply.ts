import type { IncomingHttpHeaders } from 'node:http';

export type ReplyHeaders = Readonly<Record<string, string | string[]>>;

/** An answer on its way to the client. */
export interface Reply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Thrown by a body where it is to end otherwise than by its end. */
export class Cut extends Error {
  readonly how: 'reset' | 'close' | 'silence';

  constructor(how: 'reset' | 'close' | 'silence') {
    super(how);
    this.how = how;
  }
}

const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** An answer that the proxy makes itself; an object is written as JSON. */
export function madeReply(status: number, headers: ReplyHeaders, body: string | object | undefined): Reply {
  const bytes = Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  const type = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
  return { status, headers: { ...type, 'content-length': `${bytes.length}`, ...headers }, body: bodyOf(bytes) };
}

/** A refusal as registries write it. */
export function refusal(status: number, code: string, headers: ReplyHeaders = {}): Reply {
  return madeReply(status, headers, { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
}

/** Headers without those that speak of one connection only. */
export function endToEnd(headers: IncomingHttpHeaders): ReplyHeaders {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || hopByHop.includes(name) ? [] : [[name, value]],
  );
  return Object.fromEntries(pairs);
}

export async function* bodyOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

export async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
