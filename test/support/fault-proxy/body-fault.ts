import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Fault } from './fault-script.ts';
import { bodyOf, Cut, collected, type Reply, type ReplyHeaders } from './reply.ts';

const maxTicksPerSecond = 20;

/** The answer of the upstream after a fault has gone over it. */
export async function faultyReply(reply: Reply, fault: Fault | undefined, signal: AbortSignal): Promise<Reply> {
  switch (fault?.kind) {
    case 'reset-response':
      return { ...reply, body: cutAfter(reply.body, fault.afterBytes, 'reset') };
    case 'stall':
      return { ...reply, body: cutAfter(reply.body, fault.afterBytes, 'silence') };
    case 'drip':
      return { ...reply, body: dripped(reply.body, fault.bytesPerSecond, signal) };
    case 'rewrite':
      return { ...reply, status: fault.status ?? reply.status, headers: rewritten(reply.headers, fault.headers) };
    case 'flip':
      return { ...reply, body: flipped(reply.body, fault.atByte) };
    case 'truncate': {
      const bytes = (await collected(reply.body)).subarray(0, fault.toBytes);
      if (fault.length === 'adjusted') return sized(reply, bytes);
      return { ...reply, body: cutAfter(bodyOf(bytes), bytes.length, 'close') };
    }
    case 'gzip': {
      const bytes = gzipSync(await collected(reply.body));
      return sized({ ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' } }, bytes);
    }
    default:
      return reply;
  }
}

/** Hands on so many bytes; then it is over. */
export async function* cutAfter(
  body: AsyncIterable<Uint8Array>,
  afterBytes: number,
  how: Cut['how'],
): AsyncIterable<Uint8Array> {
  let left = afterBytes;
  if (left > 0) {
    for await (const piece of body) {
      yield piece.subarray(0, left);
      left -= piece.length;
      if (left <= 0) break;
    }
  }
  throw new Cut(how);
}

async function* dripped(
  body: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const ticks = Math.min(bytesPerSecond, maxTicksPerSecond);
  const step = Math.max(1, Math.round(bytesPerSecond / ticks));
  for await (const piece of body) {
    for (let from = 0; from < piece.length; from += step) {
      await sleep(1000 / ticks, undefined, { signal });
      yield piece.subarray(from, from + step);
    }
  }
}

async function* flipped(body: AsyncIterable<Uint8Array>, atByte: number): AsyncIterable<Uint8Array> {
  let passed = 0;
  for await (const piece of body) {
    const place = atByte - passed;
    passed += piece.length;
    const changed = Buffer.from(piece);
    if (place >= 0 && place < piece.length) changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
    yield changed;
  }
}

function rewritten(headers: ReplyHeaders, changes: Readonly<Record<string, string | null>>): ReplyHeaders {
  const result = { ...headers };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete result[name.toLowerCase()];
    else result[name.toLowerCase()] = value;
  }
  return result;
}

function sized(reply: Reply, bytes: Uint8Array): Reply {
  return { ...reply, headers: { ...reply.headers, 'content-length': `${bytes.length}` }, body: bodyOf(bytes) };
}
