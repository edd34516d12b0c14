import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { SlipwayError, type Tries } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http, HttpRequest, HttpResponse } from '../ports/http.ts';
import type { Signals } from '../ports/signals.ts';
import { unlessCancelled } from './cancellation.ts';
import { createHostHealth, type HostHealth } from './host-health.ts';
import { bodyIn, bodyOf, type HttpBody } from './http-body.ts';
import { type Connections, createConnections } from './http-connections.ts';
import { isBrokenOff, isTrustFailure, parseUrl, unreachable } from './http-error.ts';
import { createExchange } from './http-exchange.ts';
import { nextDelayMs } from './http-retry.ts';
import { openUpload, UploadFailure, uploadSize } from './http-upload.ts';
import { createRequestQueue, type Place, type RequestQueue } from './request-queue.ts';

const requestsPerHost = 16;
const defaultIdleMs = 30_000;
const maxRefusalBytes = 64 * 1024;

interface Reach {
  readonly clock: Clock;
  readonly signals: Signals;
  readonly connections: Connections;
  readonly queue: RequestQueue;
  readonly health: HostHealth;
  readonly idleMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Pick<HttpBody, 'content' | 'bytes'>;
  /** What a refusal says. */
  readonly text: string;
}

/** Speaks HTTP over kept connections, at most 16 requests per host at once; disposing of it closes them. */
export function createHttp(
  clock: Clock,
  signals: Signals,
  options: { readonly idleMs?: number } = {},
): Http & Disposable {
  const connections = createConnections(requestsPerHost);
  const queue = createRequestQueue(requestsPerHost);
  const { idleMs = defaultIdleMs } = options;
  const reach = { clock, signals, connections, queue, health: createHostHealth(), idleMs };
  const nobody = { cancelled: new AbortController().signal };
  // Every request under way listens.
  setMaxListeners(0, nobody.cancelled);
  const settling: Reach = { ...reach, signals: nobody, clock: clock.settling ?? clock };
  return {
    async send(request) {
      if (request.settles === true) return attempts(request, parseUrl(request.url), settling);
      signals.cancelled.throwIfAborted();
      return attempts(request, parseUrl(request.url), reach);
    },
    [Symbol.dispose]: () => connections[Symbol.dispose](),
  };
}

async function attempts(request: HttpRequest, url: URL, reach: Reach): Promise<HttpResponse> {
  const { clock, signals, health } = reach;
  const retry = request.retry ?? { attempts: 1, statuses: [] };
  const startedMs = clock.now().getTime();
  let waitedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(request, url, reach);
    const tries = { attempts: attempt, waitedMs };
    const now = clock.now();
    const failed = { attempt, elapsedMs: now.getTime() - startedMs, now };
    const delayMs =
      outcome.kind === 'answer'
        ? nextDelayMs({ ...failed, answer: outcome.answer }, retry, Math.random())
        : nextDelayMs(failed, retry, Math.random());
    const isFinal = outcome.kind === 'no-answer' && isTrustFailure(outcome.cause);
    if (delayMs === undefined || isFinal || health.isGivenUp(url.host)) {
      if (outcome.kind === 'no-answer') throw unreachable(url, tries, outcome.cause);
      return responseOf(outcome.answer, tries);
    }
    waitedMs += delayMs;
    await unlessCancelled(signals, clock.sleep(delayMs));
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'no-answer'; readonly cause: unknown };

async function attemptOnce(request: HttpRequest, url: URL, reach: Reach): Promise<Outcome> {
  const { signals, health } = reach;
  const waiting = reach.queue.enter(url.host);
  // Whoever stops waiting for a place must not keep it.
  const place = await unlessCancelled(signals, waiting).catch((error: unknown) => {
    waiting.then((late) => late.leave()).catch(() => {});
    throw error;
  });
  const outcome = await exchangeOnce(request, url, { ...reach, place });
  if (outcome.kind === 'no-answer' || outcome.answer.status >= 500) health.failed(url.host);
  else health.answered(url.host);
  return outcome;
}

async function exchangeOnce(
  request: HttpRequest,
  url: URL,
  reach: Reach & { readonly place: Place },
): Promise<Outcome> {
  const { signals, place } = reach;
  const idleMs = request.idleTimeoutMs ?? reach.idleMs;
  let upload: Readable | null = null;
  const exchange = createExchange(signals, idleMs, () => {
    // The rest of an upload that was answered early would be taken for the next request on this connection.
    if (upload !== null && !upload.readableEnded) exchange.abort(new Error('answered before the end of the upload'));
    upload?.destroy();
    place.leave();
  });
  try {
    upload = await openUpload(request.body, exchange, url);
    const headers = headersOf(request);
    const { signal } = exchange;
    signal.throwIfAborted();
    const sent = reach.connections.exchange({ method: request.method, url, headers, upload, signal });
    const message = await exchange.wait(sent);
    exchange.touch(Number.POSITIVE_INFINITY);
    if (message.statusCode === 429) place.slowDown();
    return { kind: 'answer', answer: await answerOf(message, bodyOf(message, exchange, url, idleMs), request) };
  } catch (error) {
    exchange.finish();
    if (error instanceof UploadFailure) throw error.cause;
    if (signals.cancelled.aborted || isMistake(error)) throw error;
    if (error instanceof SlipwayError && !isBrokenOff(error)) throw error;
    return { kind: 'no-answer', cause: error };
  }
}

/** Reads at once what is short and belongs to the attempt; a large content is left to the reader. */
async function answerOf(message: IncomingMessage, body: HttpBody, { wholeBytes, url }: HttpRequest): Promise<Answer> {
  const status = message.statusCode ?? 0;
  const head = { status, headers: flat(message.headers) };
  if (status >= 300) {
    const bytes = await body.beginning(maxRefusalBytes);
    return { ...head, body: bodyIn(bytes, parseUrl(url)), text: Buffer.from(bytes).toString() };
  }
  if (wholeBytes === undefined) return { ...head, body, text: '' };
  return { ...head, body: bodyIn(await body.bytes(wholeBytes), parseUrl(url)), text: '' };
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

function responseOf({ status, headers, body, text }: Answer, tries: Tries): HttpResponse {
  return { status, headers, refusal: text, tries, body: body.content, bytes: (maxBytes) => body.bytes(maxBytes) };
}
