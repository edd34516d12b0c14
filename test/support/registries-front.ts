import { createHttpServer } from '../../src/adapters/http-server.ts';
import type { ServedRequest, ServedResponse } from '../../src/ports/http-server.ts';
import { Upstream } from './fault-proxy/upstream.ts';
import type { Handler, TestRegistry } from './registries.ts';

/** A registry with something before it that sees every request; it ends with what it stands before. */
export async function startFront(behind: TestRegistry, guard: (handler: Handler) => Handler): Promise<TestRegistry> {
  const upstream = new Upstream(`http://${behind.host}`);
  const server = await createHttpServer().listen(guard((request) => forward(upstream, request)));
  return {
    host: `127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      upstream[Symbol.dispose]();
      await behind[Symbol.asyncDispose]();
    },
  };
}

/** Lists in pages of so many, as large registries do whatever they are asked for. */
export function inPages(most: number): (handler: Handler) => Handler {
  return (handler) => (request) => {
    if (!request.path.endsWith('/tags/list')) return handler(request);
    const query = new URLSearchParams(request.query);
    query.set('n', `${most}`);
    return handler({ ...request, query });
  };
}

async function forward(upstream: Upstream, request: ServedRequest): Promise<ServedResponse> {
  const { method, path, query, headers, body } = request;
  const { signal } = new AbortController();
  const asked = query.size === 0 ? path : `${path}?${query}`;
  const reply = await upstream.ask({ method, path: asked, headers: withoutHop(headers), body, signal });
  const answered = Object.entries(reply.headers).map(([name, value]) => [name, `${value}`]);
  const head = { status: reply.status, headers: Object.fromEntries(answered) };
  if (method !== 'HEAD') return { ...head, body: reply.body };
  for await (const _ of reply.body);
  return head;
}

function withoutHop({ connection: _, ...headers }: ServedRequest['headers']): ServedRequest['headers'] {
  return headers;
}
