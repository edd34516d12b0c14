import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutAfter, faultyReply } from './body-fault.ts';
import type { Fault } from './fault-script.ts';
import { Cut, collected, endToEnd, madeReply, type Reply, refusal } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';
import type { RoutedRequest } from './routed-request.ts';
import type { TagHistory } from './tag-history.ts';
import type { Upstream } from './upstream.ts';

/** One request with everything that its answer depends on. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly routed: RoutedRequest;
  readonly entry: LoggedRequest;
  readonly fault: Fault | undefined;
  readonly upstream: Pick<Upstream, 'ask'>;
  readonly history: TagHistory;
  readonly keepsHistory: boolean;
  readonly storage: string;
  readonly signal: AbortSignal;
}

/** The answer to a request, or a `Cut` where its connection is to end without one. */
export async function replyTo(exchange: Exchange): Promise<Reply> {
  const { request, routed, entry, fault, history, signal } = exchange;
  switch (fault?.kind) {
    case undefined:
      return forwarded(exchange);
    case 'answer':
      if (fault.early !== true) await collected(received(request, entry));
      return madeReply(fault.status, fault.headers ?? {}, fault.body);
    case 'slow-down':
      await collected(received(request, entry));
      return slowDown(fault);
    case 'reset':
      throw new Cut('reset');
    case 'silence':
      throw new Cut('silence');
    case 'reset-request':
      await forwarded(exchange, routed.path, cutAfter(received(request, entry), fault.afterBytes, 'reset'));
      throw new Cut('reset');
    case 'lost-reply':
      await collected((await forwarded(exchange)).body);
      if (fault.status === undefined) throw new Cut('close');
      return madeReply(fault.status, {}, fault.body);
    case 'delay':
      await sleep(fault.ms, undefined, { signal });
      return forwarded(exchange);
    case 'hide': {
      const isHidden = isRead(request) && history.isHidden(routed, fault.reads);
      if (isHidden) return refusal(404, 'MANIFEST_UNKNOWN');
      entry.fault = undefined;
      return forwarded(exchange);
    }
    case 'stale': {
      const target = isRead(request) ? history.staleTarget(routed) : undefined;
      if (target === null) return refusal(404, 'MANIFEST_UNKNOWN');
      if (target === undefined) entry.fault = undefined;
      return forwarded(exchange, target);
    }
    case 'no-mount':
      return forwarded(exchange, routed.path.split('?')[0]);
    case 'redirect': {
      const separator = routed.path.includes('?') ? '&' : '?';
      return madeReply(307, { location: `${exchange.storage}${routed.path}${separator}signature=s%2Fg%3D` }, undefined);
    }
    default:
      return faultyReply(await forwarded(exchange), fault, signal);
  }
}

async function forwarded(
  { request, routed, entry, fault, upstream, history, keepsHistory, signal }: Exchange,
  path: string = routed.path,
  body: AsyncIterable<Uint8Array> = received(request, entry),
): Promise<Reply> {
  const isTagWrite = routed.kind === 'manifest-tag' && request.method === 'PUT';
  const written = isTagWrite && keepsHistory ? await history.beforeWrite(routed, signal) : undefined;
  const { range, ...others } = endToEnd(request.headers);
  const headers = range === undefined || fault?.kind === 'no-range' ? others : { ...others, range };
  const reply = await upstream.ask({ method: routed.method, path, headers, body, signal });
  if (reply.status < 300) written?.();
  return reply;
}

async function* received(request: IncomingMessage, entry: LoggedRequest): AsyncIterable<Uint8Array> {
  // Ending early must not close the connection, on which an answer may still go out.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    entry.requestBytes += piece.length;
    yield piece;
  }
}

/** Writes an answer to its end, or to where it is cut. */
export async function writeReply(response: ServerResponse, reply: Reply, entry: LoggedRequest): Promise<void> {
  entry.status = reply.status;
  response.writeHead(reply.status, reply.headers);
  // An answer whose body never begins has headers all the same.
  response.flushHeaders();
  for await (const piece of reply.body) {
    if (response.destroyed) return;
    entry.responseBytes += piece.length;
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

function slowDown(fault: Fault & { kind: 'slow-down' }): Reply {
  const { afterSeconds, form = 'seconds', clockAheadSeconds = 0 } = fault;
  const nowMs = Date.now() + clockAheadSeconds * 1000;
  const date = new Date(nowMs).toUTCString();
  const after = afterSeconds ?? 0;
  const retryAfter = form === 'seconds' ? `${after}` : new Date(nowMs + after * 1000).toUTCString();
  return refusal(429, 'TOOMANYREQUESTS', {
    date,
    ...(afterSeconds === undefined ? {} : { 'retry-after': retryAfter }),
  });
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}
