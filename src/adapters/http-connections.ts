import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';

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

/** The connections to one host. */
interface Agent {
  readonly agent: http.Agent;
  close(): void;
}

/** Connections through the proxy that the environment names, if it names one. */
export function createConnections(maxSockets: number): Connections {
  // One per host: that of http cannot serve https.
  const agents = new Map<string, Promise<Agent>>();

  return {
    async exchange({ method, url, headers, upload, signal }) {
      // The promise is kept, so that first requests side by side share one agent.
      const made = agents.get(url.origin) ?? newAgent(url, maxSockets);
      agents.set(url.origin, made);
      const { agent } = await made;
      const options: http.RequestOptions = {
        method,
        // Node wants the address of an IPv6 host without its brackets.
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (url.protocol === 'https:' ? 443 : 80),
        path: url.pathname + url.search,
        headers,
        agent,
        signal,
      };
      return send(url.protocol === 'https:' ? https.request : http.request, options, upload);
    },
    [Symbol.dispose]() {
      for (const made of agents.values()) {
        made.then(
          ({ close }) => close(),
          () => {},
        );
      }
      agents.clear();
    },
  };
}

/** No timer is set: silences are watched by us, also those before a connection exists. */
function send(
  request: typeof http.request,
  options: http.RequestOptions,
  upload: Readable | null,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(options, resolve);
    sent.on('error', reject);
    if (upload === null) sent.end();
    else upload.on('close', () => sent.end()).pipe(sent);
  });
}

async function newAgent(url: URL, maxSockets: number): Promise<Agent> {
  const options = { keepAlive: true, maxSockets };
  if (!hasProxy(url)) {
    const agent = url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
    return { agent, close: () => agent.destroy() };
  }
  // Loaded where there is a proxy: all others do not pay for it.
  const { HttpClient } = await import('@actions/http-client');
  const client = new HttpClient('slipway', [], options);
  return { agent: client.getAgent(url.href), close: () => client.dispose() };
}

/** Tells whether the environment names a proxy; whether it is one for this very host, is for the library to find out. */
function hasProxy({ protocol }: URL): boolean {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  return (process.env[name] ?? '') !== '' || (process.env[name.toUpperCase()] ?? '') !== '';
}
