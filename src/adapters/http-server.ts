import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigError, RemoteError } from '../domain/errors.ts';
import type { HttpServer, RunningServer, ServedRequest, ServedResponse } from '../ports/http-server.ts';
import { errorCode } from './error-code.ts';
import { writeAnswer, writeFailure } from './http-server-answer.ts';

type Handle = (request: ServedRequest) => Promise<ServedResponse>;

/** Servers on the loopback address of this machine. */
export function createHttpServer(): HttpServer {
  return {
    async listen(handle, port = 0) {
      const server = createServer((request, response) => {
        // `serve` keeps what goes wrong to its own connection; nothing is left to wait for.
        void serve(handle, request, response);
      });
      // A layer of gigabytes may take longer than the five minutes that Node allows a request.
      server.requestTimeout = 0;
      // Long enough that a client does not write into a connection that we are just closing.
      server.keepAliveTimeout = 60_000;
      await started(server, port);
      return running(server);
    },
  };
}

async function serve(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that leaves is no failure of ours; an error without a listener would end the process.
  request.on('error', () => {});
  response.on('error', () => {});
  let answer: ServedResponse;
  try {
    answer = await handle(servedRequest(request));
  } catch {
    // The reason stays here: what a handler threw can name paths and hold secrets.
    writeFailure(response);
    return;
  }
  await writeAnswer(request, response, answer);
}

function servedRequest(request: IncomingMessage): ServedRequest {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query.join('?')),
    headers: Object.fromEntries(headers),
    body: wholeBody(request),
  };
}

async function* wholeBody(request: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    // A handler that has read enough still wants to answer: stopping must not close the connection.
    yield* request.iterator({ destroyOnReturn: false });
  } catch (error) {
    throw leftEarly(error);
  }
  if (!request.complete) throw leftEarly(undefined);
}

function leftEarly(cause: unknown): RemoteError {
  return new RemoteError({
    code: 'client-left',
    what: 'the client broke off in the middle of its request',
    state: 'the part that arrived was not used',
    next: 'look at what the client says, and run it again',
    cause,
  });
}

function started(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(notListening(port, error)));
    server.listen(port, '127.0.0.1', resolve);
  });
}

function notListening(port: number, cause: unknown): unknown {
  const code = errorCode(cause);
  const next = 'name another port, or none so that a free one is taken';
  const parts = { where: `127.0.0.1:${port}`, state: 'no server was started', next, cause };
  if (code === 'EADDRINUSE') {
    return new ConfigError({ ...parts, code: 'port-in-use', what: `another program listens on port ${port}` });
  }
  if (code === 'EACCES') {
    return new ConfigError({ ...parts, code: 'port-denied', what: `this user may not listen on port ${port}` });
  }
  return cause;
}

function running(server: Server): RunningServer {
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
