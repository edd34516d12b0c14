import { RemoteError } from '../../domain/errors.ts';
import { hostOf, pathOf, type Repository } from '../../domain/image-ref.ts';
import type { Http, HttpRequest, HttpResponse, HttpRetry } from '../../ports/http.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { baseUrlOf, nextUrl, type PlainHttp } from './address.ts';
import { discard } from './answer.ts';
import type { Authorizer } from './authorizer.ts';
import { type Asker, type Attempt, failureOf, invalidAnswer, unreachableFor } from './failure.ts';
import { busyWord, retry } from './retry.ts';
import { scopeOf } from './scope.ts';

/** One request to a registry. */
export interface RegistryRequest {
  readonly attempt: Attempt;
  readonly method: HttpRequest['method'];
  /** Below the repository (`manifests/latest`), or an address that the registry named. */
  readonly at: string | URL;
  /** Other answers than these become errors. */
  readonly expected: readonly number[];
  /** The caller reads refusals itself, also those that ask for patience. */
  readonly isRefusalExpected?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest['body'];
  /** Where sending again is not as good as sending once, the caller says how often. */
  readonly retry?: HttpRetry;
  /** The answer is a short document, of at most so many bytes. */
  readonly wholeBytes?: number;
  /** The repository that a blob is to be mounted from must be readable too. */
  readonly mountFrom?: Repository;
}

/** What a transport has to know beside whom to ask. */
export interface TransportOptions {
  readonly plainHttp: PlainHttp;
  readonly secrets: Pick<Secrets, 'clean'>;
}

/** An answer, with the address that relative addresses in it begin at. */
export interface RegistryResponse extends HttpResponse {
  readonly url: URL;
}

const maxRedirects = 5;
const redirects = [301, 302, 303, 307, 308];

/** Sends requests to registries with the rights they ask for, and goes where they send us. */
export class Transport {
  readonly #http: Http;
  readonly #authorizer: Authorizer;
  readonly #plainHttp: PlainHttp;
  readonly #secrets: Pick<Secrets, 'clean'>;

  constructor(http: Http, authorizer: Authorizer, options: TransportOptions) {
    this.#http = http;
    this.#authorizer = authorizer;
    this.#plainHttp = options.plainHttp;
    this.#secrets = options.secrets;
  }

  /** The answer, if its status is one of those expected. */
  async send(request: RegistryRequest): Promise<RegistryResponse> {
    const { attempt, method, expected } = request;
    const response = await this.#authorized(request).catch((error: unknown) => {
      if (error instanceof RemoteError && error.code === 'remote-unreachable') {
        throw unreachableFor(attempt, method, error);
      }
      throw error;
    });
    // A registry that asks for patience with a 404 says nothing about what is there.
    const isBusy = response.refusal.includes(busyWord) && request.isRefusalExpected !== true;
    if (expected.includes(response.status) && !isBusy) return response;
    throw failureOf(response, attempt, await this.asker(attempt, method));
  }

  /** Who asks, for the words of an error. */
  async asker(attempt: Attempt, method: string): Promise<Asker> {
    const user = await this.#authorizer.userAt(attempt);
    return { method, user, clean: (text) => this.#secrets.clean(text) };
  }

  async #authorized(request: RegistryRequest): Promise<RegistryResponse> {
    const { attempt, mountFrom } = request;
    const scopes = [scopeOf(attempt.repository, attempt.right)];
    if (mountFrom !== undefined) scopes.push(scopeOf(mountFrom, 'pull'));
    const need = { attempt, scopes };
    const first = await this.#authorizer.known(need);
    const response = await this.#follow(request, first);
    // Only the registry itself may say where its tokens come from, not a storage it sent us to.
    if (response.status !== 401 || response.url.origin !== this.#base(attempt).origin) return response;
    const second = await this.#authorizer.afterRefusal(need, response.headers['www-authenticate'] ?? '', first);
    if (second === undefined) return response;
    await discard(response);
    return this.#follow(request, second);
  }

  async #follow(request: RegistryRequest, authorization: string | undefined): Promise<RegistryResponse> {
    const { attempt, method } = request;
    const base = this.#base(attempt);
    const start =
      typeof request.at === 'string' ? `${base.href}${pathOf(attempt.repository)}/${request.at}` : request.at;
    let url = new URL(start);
    let atHome = true;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      // Once we left the registry, even a way back to it is one that a stranger showed us.
      atHome &&= url.origin === base.origin;
      const response = await this.#http.send({
        method,
        url: url.href,
        headers: { ...request.headers, ...(atHome && authorization !== undefined ? { authorization } : {}) },
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.wholeBytes === undefined ? {} : { wholeBytes: request.wholeBytes }),
        retry: request.retry ?? retry,
      });
      if (!redirects.includes(response.status) || (method !== 'GET' && method !== 'HEAD')) {
        return { ...pick(response), url };
      }
      await discard(response);
      url = nextUrl(url, response.headers.location, attempt.repository);
    }
    throw invalidAnswer(attempt, `redirected more than ${maxRedirects} times`);
  }

  #base(attempt: Attempt): URL {
    return baseUrlOf(hostOf(attempt.repository), this.#plainHttp);
  }
}

/** Response objects may keep their functions on a prototype, which a spread would lose. */
function pick(response: HttpResponse): HttpResponse {
  return {
    status: response.status,
    headers: response.headers,
    refusal: response.refusal,
    tries: response.tries,
    body: response.body,
    bytes: (maxBytes) => response.bytes(maxBytes),
  };
}
