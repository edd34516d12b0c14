import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { endToEnd, type Reply, type ReplyHeaders } from './reply.ts';

/** What goes on to the registry behind the proxy. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ReplyHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** The registry behind the proxy, over connections that are kept. */
export class Upstream implements Disposable {
  readonly #origin: URL;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(origin: string) {
    this.#origin = new URL(origin);
    if (!/^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(this.#origin.hostname)) {
      throw new Error(`the fault proxy stands before registries of this machine only, not ${this.#origin.host}`);
    }
  }

  /** The answer as soon as its headers are there, also when the request was not sent to its end. */
  ask({ method, path, headers, body, signal }: UpstreamRequest): Promise<Reply> {
    const { hostname, port } = this.#origin;
    return new Promise((resolve, reject) => {
      const host = hostname.replace(/^\[|\]$/g, '');
      const outgoing = request({ host, port: port || 80, method, path, headers, agent: this.#agent, signal });
      outgoing.on('response', (message) => resolve(replyOf(message)));
      outgoing.on('error', reject);
      sent(body, outgoing).catch((error: unknown) => {
        reject(error);
        outgoing.destroy();
      });
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function replyOf(message: IncomingMessage): Reply {
  return { status: message.statusCode ?? 0, headers: endToEnd(message.headers), body: message };
}

async function sent(body: AsyncIterable<Uint8Array>, outgoing: ClientRequest): Promise<void> {
  for await (const piece of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(piece)) await drained(outgoing);
  }
  outgoing.end();
}

async function drained(outgoing: ClientRequest): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(outgoing, 'drain', { signal }), once(outgoing, 'close', { signal })]);
  } finally {
    over.abort();
  }
}
