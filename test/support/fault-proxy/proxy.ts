import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exchange, replyTo, writeReply } from './exchange.ts';
import type { Door, FaultRule } from './fault-script.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback-server.ts';
import { Cut, collected, type Reply } from './reply.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';
import { type Listener, type RoutedRequest, routedRequest } from './routed-request.ts';
import { RuleBook } from './rule-book.ts';
import { TagHistory } from './tag-history.ts';
import { TokenDoor } from './token-door.ts';
import { Upstream } from './upstream.ts';

export interface FaultProxyOptions {
  /** `http://127.0.0.1:PORT` */
  readonly upstream: string;
  readonly rules?: readonly FaultRule[];
  readonly door?: Door;
  readonly seed?: number;
  /** Each way, as a network would: before a request, before its answer, and both for a new connection. */
  readonly latencyMs?: number;
  readonly logFile?: string;
}

/** A proxy in front of a registry that goes wrong by rules, and writes down every request. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly origin: string;
  readonly log: RequestLog;
  /** Connections of clients, for tests that look for leaks. */
  readonly openSockets: number;
  /** Puts other rules in place, and begins to count anew. */
  follow(rules: readonly FaultRule[]): void;
  expireTokens(): void;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { seed = 1, latencyMs = 0 } = options;
  const upstream = new Upstream(options.upstream);
  const history = new TagHistory(upstream);
  const log = new RequestLog(options.logFile);
  const door = options.door === undefined ? undefined : new TokenDoor(options.door);
  const running = new Set<AbortController>();
  const greeted = new WeakSet<object>();
  let book = new RuleBook(options.rules ?? [], seed);

  const listen = (listener: Listener): Promise<LoopbackServer> =>
    listenOnLoopback((request, response) => {
      serve(listener, request, response).catch(() => response.destroy());
    });
  const serve = async (listener: Listener, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const routed = routedRequest(listener, request.method ?? 'GET', request.url ?? '/');
    const entry = log.begin(routed, request.headers);
    const over = new AbortController();
    running.add(over);
    response.on('close', () => {
      running.delete(over);
      log.end(entry);
      // A client that leaves takes its request to the upstream with it.
      if (!response.writableFinished) over.abort();
    });
    try {
      const isNew = !greeted.has(request.socket);
      greeted.add(request.socket);
      if (latencyMs > 0) await sleep(latencyMs * (isNew ? 3 : 1), undefined, { signal: over.signal });
      const reply = await answered(request, routed, entry, over.signal);
      if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: over.signal });
      await writeReply(response, withOrigins(reply), entry);
    } catch (error) {
      end(response, entry, error);
    }
  };
  const answered = async (
    request: IncomingMessage,
    routed: RoutedRequest,
    entry: LoggedRequest,
    signal: AbortSignal,
  ): Promise<Reply> => {
    const { authorization } = request.headers;
    const isGuarded = door !== undefined && routed.listener === 'registry' && routed.kind !== 'token';
    const refused = isGuarded ? door.refusalOf(routed, authorization, registry.origin) : undefined;
    if (refused !== undefined) {
      entry.fault = 'door';
      await collected(request);
      return refused;
    }
    const fault = book.pick(routed);
    entry.fault = fault?.kind;
    const keepsHistory = book.rules.some((rule) => rule.fault.kind === 'stale' || rule.fault.kind === 'hide');
    const about = { request, routed, entry, fault, history, keepsHistory, signal };
    const source: Pick<Upstream, 'ask'> =
      door !== undefined && routed.kind === 'token'
        ? { ask: async ({ body }) => door.tokenReply(routed, authorization, `${await collected(body)}`) }
        : upstream;
    const exchange: Exchange = { ...about, upstream: source, storage: storage.origin };
    return replyTo(exchange);
  };
  const withOrigins = (reply: Reply): Reply => {
    const fill = (value: string | string[]): string | string[] =>
      typeof value === 'string'
        ? value.replaceAll('{self}', registry.origin).replaceAll('{storage}', storage.origin)
        : value;
    const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, fill(value)]));
    return { ...reply, headers };
  };

  const [registry, storage] = await Promise.all([listen('registry'), listen('storage')]);
  return {
    host: registry.host,
    origin: registry.origin,
    log,
    get openSockets() {
      return registry.openSockets + storage.openSockets;
    },
    follow(rules) {
      book = new RuleBook(rules, seed);
    },
    expireTokens: () => door?.expireTokens(),
    async [Symbol.asyncDispose]() {
      for (const over of running) over.abort();
      await Promise.all([registry[Symbol.asyncDispose](), storage[Symbol.asyncDispose]()]);
      upstream[Symbol.dispose]();
      log[Symbol.dispose]();
    },
  };
}

/** Ends a connection as a rule says, or, where the upstream failed by itself, as that did. */
function end(response: ServerResponse, entry: LoggedRequest, error: unknown): void {
  const how = error instanceof Cut ? error.how : 'reset';
  if (!(error instanceof Cut) && !response.destroyed) entry.fault ??= 'upstream';
  if (how === 'silence') return;
  const { socket } = response;
  if (socket === null) {
    response.destroy();
    return;
  }
  // What was written before goes out first.
  if (how === 'close') setImmediate(() => socket.end(() => socket.destroy()));
  else setImmediate(() => socket.resetAndDestroy());
}
