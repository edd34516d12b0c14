import { RemoteError } from '../../src/domain/errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/ports/http.ts';

/** A request as it was sent, its body read. */
export interface RecordedRequest extends HttpRequest {
  readonly bytes: Uint8Array;
}

/** What a route answers; without a status, 200. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

type Handler = (request: RecordedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

interface Route {
  readonly method: string;
  readonly url: string | RegExp;
  readonly handle: Handler;
}

/** An Http that answers by script, records what it was sent, and throws by name at what nobody scripted. */
export class FakeHttp implements Http {
  readonly requests: RecordedRequest[] = [];
  readonly #routes: Route[] = [];

  /** A text is the whole URL with its query. Of several answers each serves once, in order; a function serves always. */
  on(
    method: HttpRequest['method'],
    url: string | RegExp,
    ...answers: readonly ScriptedAnswer[] | readonly [Handler]
  ): this {
    const [first] = answers;
    const handle = typeof first === 'function' ? first : inOrder(`${method} ${url}`, answers as ScriptedAnswer[]);
    this.#routes.push({ method, url, handle });
    return this;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const bytes = await bodyOf(request);
    const recorded: RecordedRequest = { ...request, bytes };
    this.requests.push(recorded);
    const route = this.#routes.find(
      ({ method, url }) =>
        method === request.method && (typeof url === 'string' ? url === request.url : url.test(request.url)),
    );
    if (route === undefined) throw new Error(`unscripted request: ${request.method} ${request.url}`);
    return response(await route.handle(recorded));
  }

  /** Every request as `METHOD URL`, in the order in which they were sent. */
  get lines(): readonly string[] {
    return this.requests.map(({ method, url }) => `${method} ${url}`);
  }

  /** The requests whose URL holds this text. */
  to(part: string): readonly RecordedRequest[] {
    return this.requests.filter(({ url }) => url.includes(part));
  }
}

function inOrder(name: string, answers: readonly ScriptedAnswer[]): Handler {
  const left = [...answers];
  return () => {
    const answer = left.shift();
    if (answer === undefined) throw new Error(`unscripted request: ${name}, after ${answers.length} answers`);
    return answer;
  };
}

async function bodyOf({ body }: HttpRequest): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  const pieces: Uint8Array[] = [];
  // Copies, as a socket makes them: the memory of a piece may serve again.
  for await (const piece of await body.open()) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

/** Like a socket, the body can be read once. */
function response(answer: ScriptedAnswer): HttpResponse {
  const content =
    typeof answer.body === 'string' ? new TextEncoder().encode(answer.body) : (answer.body ?? new Uint8Array());
  let read = false;
  async function* pieces(): AsyncIterable<Uint8Array> {
    if (read) throw new Error('the body of an answer was read twice');
    read = true;
    const half = Math.ceil(content.length / 2);
    if (content.length > 0) yield content.subarray(0, half);
    if (content.length > half) yield content.subarray(half);
  }
  const body = { [Symbol.asyncIterator]: () => pieces()[Symbol.asyncIterator]() };
  return {
    status: answer.status ?? 200,
    headers: answer.headers ?? {},
    refusal: (answer.status ?? 200) < 300 ? '' : new TextDecoder().decode(content),
    tries: { attempts: 1, waitedMs: 0 },
    body,
    async bytes(maxBytes) {
      const all: Uint8Array[] = [];
      for await (const piece of body) all.push(piece);
      if (content.length <= maxBytes) return Buffer.concat(all);
      throw new RemoteError({ code: 'answer-too-large', what: 'too large', state: 'not used', next: 'look at it' });
    },
  };
}

/** A token server in memory: gives every scope that was asked for, as a text that says which. */
export class FakeTokenServer {
  readonly realm: string;
  readonly asked: { readonly scopes: readonly string[]; readonly authorization: string | undefined }[] = [];
  expiresIn: number | undefined;
  readonly #granted = new Map<string, readonly string[]>();

  constructor(realm = 'https://auth.example/token') {
    this.realm = realm;
  }

  /** Serves the realm through a fake; `account` is the only Authorization that is let in, when there is one. */
  serve(http: FakeHttp, account?: string): this {
    http.on('GET', new RegExp(`^${this.realm.replace(/[.?]/g, '\\$&')}\\?`), (request) => {
      const scopes = new URL(request.url).searchParams.getAll('scope');
      this.asked.push({ scopes, authorization: request.headers?.authorization });
      if (account !== undefined && request.headers?.authorization !== account) return { status: 401 };
      const token = `token-${this.asked.length}`;
      this.#granted.set(`Bearer ${token}`, scopes);
      const expires = this.expiresIn === undefined ? {} : { expires_in: this.expiresIn };
      return { body: JSON.stringify({ token, ...expires }) };
    });
    return this;
  }

  /** Answers through `handle` when the request carries a token for the scope, and when not with a challenge, which may name less. */
  guard(scope: string, handle: Handler, named = scope): Handler {
    return (request) => {
      const granted = this.#granted.get(request.headers?.authorization ?? '') ?? [];
      if (granted.includes(scope)) return handle(request);
      const challenge = `Bearer realm="${this.realm}",service="registry.example",scope="${named}"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    };
  }

  /** As when the server loses its memory: no token that it gave is good any longer. */
  revokeAll(): void {
    this.#granted.clear();
  }
}
