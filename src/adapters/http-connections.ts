import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import type { HttpClient } from '@actions/http-client';

/** What goes over a connection. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly upload: Readable | null;
  readonly signal: AbortSignal;
}

/** Open connections, kept for the next request to the same host. */
export interface Connections extends Disposable {
  exchange(request: WireRequest): Promise<http.IncomingMessage>;
}

/** The longest timer that Node knows: silences are watched by us, also those before a connection exists. */
const neverMs = 2 ** 31 - 1;

/** Connections through the proxy that the environment names, if it names one. */
export function createConnections(maxSockets: number): Connections {
  // One client per host: a client keeps a single agent, and one of http cannot serve https.
  const clients = new Map<string, Promise<HttpClient>>();

  return {
    async exchange({ method, url, headers, upload, signal }) {
      // The promise is kept, so that first requests side by side share one client.
      const made = clients.get(url.origin) ?? newClient(maxSockets);
      clients.set(url.origin, made);
      const client = await made;
      const options: http.RequestOptions = {
        method,
        // Node wants the address of an IPv6 host without its brackets.
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (url.protocol === 'https:' ? 443 : 80),
        path: url.pathname + url.search,
        headers,
        agent: client.getAgent(url.href),
        signal,
      };
      const httpModule = url.protocol === 'https:' ? https : http;
      const response = await client.requestRaw({ options, parsedUrl: url, httpModule }, upload);
      return response.message;
    },
    [Symbol.dispose]() {
      for (const made of clients.values()) {
        made.then(
          (client) => client.dispose(),
          () => {},
        );
      }
      clients.clear();
    },
  };
}

async function newClient(maxSockets: number): Promise<HttpClient> {
  // Loaded with the first request: a run that sends none does not pay for it.
  const { HttpClient } = await import('@actions/http-client');
  return new HttpClient('slipway', [], { keepAlive: true, maxSockets, allowRedirects: false, socketTimeout: neverMs });
}
