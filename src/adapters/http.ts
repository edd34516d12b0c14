import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { SlipwayError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http, HttpRequest, HttpResponse } from '../ports/http.ts';
import type { Signals } from '../ports/signals.ts';
import { unlessCancelled } from './cancellation.ts';
import { bodyOf, type HttpBody } from './http-body.ts';
import { type Connections, createConnections } from './http-connections.ts';
import { retryDelayMs } from './http-delay.ts';
import { parseUrl, unreachable } from './http-error.ts';
import { createExchange } from './http-exchange.ts';
import { openUpload, UploadFailure, uploadSize } from './http-upload.ts';
import { createRequestQueue, type RequestQueue } from './request-queue.ts';

const requestsPerHost = 16;
const defaultIdleMs = 30_000;

interface Reach {
  readonly clock: Clock;
  readonly signals: Signals;
  readonly connections: Connections;
  readonly queue: RequestQueue;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpBody;
}

/** Speaks HTTP over kept connections, at most 16 requests per host at once; disposing of it closes them. */
export function createHttp(clock: Clock, signals: Signals): Http & Disposable {
  const connections = createConnections(requestsPerHost);
  const reach = { clock, signals, connections, queue: createRequestQueue(requestsPerHost) };
  return {
    async send(request) {
      signals.cancelled.throwIfAborted();
      return responseOf(await attempts(request, parseUrl(request.url), reach));
    },
    [Symbol.dispose]: () => connections[Symbol.dispose](),
  };
}

async function attempts(request: HttpRequest, url: URL, reach: Reach): Promise<Answer> {
  const { attempts: most, statuses } = request.retry ?? { attempts: 1, statuses: [] };
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(request, url, reach);
    const last = attempt >= most;
    if (outcome.kind === 'no-answer' && last) throw unreachable(url, attempt, outcome.cause);
    if (outcome.kind === 'answer' && (last || !statuses.includes(outcome.answer.status))) return outcome.answer;

    const answer = outcome.kind === 'answer' ? outcome.answer : undefined;
    answer?.body.discard();
    const delayMs = retryDelayMs(attempt, answer?.headers['retry-after'], reach.clock.now());
    await unlessCancelled(reach.signals, reach.clock.sleep(delayMs));
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'no-answer'; readonly cause: unknown };

async function attemptOnce(request: HttpRequest, url: URL, reach: Reach): Promise<Outcome> {
  const idleMs = request.idleTimeoutMs ?? defaultIdleMs;
  const place = reach.queue.enter(url.host);
  // Whoever stops waiting for a place must not keep it.
  const leave = await unlessCancelled(reach.signals, place).catch((error: unknown) => {
    place.then((leaveLate) => leaveLate()).catch(() => {});
    throw error;
  });
  let upload: Readable | null = null;
  const exchange = createExchange(reach.signals, idleMs, () => {
    // The rest of an upload that was answered early would be taken for the next request on this connection.
    if (upload !== null && !upload.readableEnded) exchange.abort(new Error('answered before the end of the upload'));
    upload?.destroy();
    leave();
  });
  try {
    upload = await openUpload(request.body, exchange, url);
    const headers = headersOf(request);
    const { signal } = exchange;
    signal.throwIfAborted();
    const sent = reach.connections.exchange({ method: request.method, url, headers, upload, signal });
    const message = await exchange.wait(sent);
    const body = bodyOf(message, exchange, url, idleMs);
    return { kind: 'answer', answer: { status: message.statusCode ?? 0, headers: flat(message.headers), body } };
  } catch (error) {
    exchange.finish();
    if (error instanceof UploadFailure) throw error.cause;
    if (error instanceof SlipwayError || reach.signals.cancelled.aborted || isMistake(error)) throw error;
    return { kind: 'no-answer', cause: error };
  }
}

/** A mistake in a program, ours or a library's, must not be told as a host that does not answer. */
function isMistake(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof TypeError || error instanceof ReferenceError;
}

function headersOf(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': 'slipway' };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  const size = uploadSize(request.body);
  // With a length a body that breaks off can be told from a whole one, and registries want it.
  if (size !== undefined) headers['content-length'] = String(size);
  return headers;
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return Object.fromEntries(pairs);
}

function responseOf({ status, headers, body }: Answer): HttpResponse {
  return { status, headers, body: body.content, bytes: (maxBytes) => body.bytes(maxBytes) };
}
