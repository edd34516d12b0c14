import { z } from 'zod';
import { readJson } from '../../formats/json.ts';
import type { Http, HttpRequest } from '../../ports/http.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { type Attempt, deniedError, failureOf, invalidAnswer } from './failure.ts';
import { basicHeader, type Credentials, userIn } from './login.ts';
import { retry } from './retry.ts';

/** A token and how long it is good for. */
export interface Token {
  readonly text: string;
  readonly lifetimeMs: number;
}

/** What is asked of which token server. */
export interface TokenWish {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
}

const maxTokenBytes = 256 * 1024;
const whole = { retry, wholeBytes: maxTokenBytes };

/** Without a statement, a token is good for a minute: https://distribution.github.io/distribution/spec/auth/token/ */
const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().nonnegative().nullish(),
});

interface TokenPorts {
  readonly http: Http;
  readonly secrets: Pick<Secrets, 'clean'>;
}

/** Gets a token; a server that grants less than was asked still answers one, which the registry then refuses. */
export async function requestToken(ports: TokenPorts, wish: TokenWish, attempt: Attempt): Promise<Token> {
  const request = requestFor(wish);
  const { method } = request;
  const user = userIn(wish.credentials);
  const response = await ports.http.send(request);
  const clean = (text: string): string => ports.secrets.clean(text);
  const about = { ...attempt, what: `a token from ${wish.realm.origin} for ${attempt.what}` };
  if (response.status !== 200) {
    // A token server says 400 to a wrong refresh token (RFC 6749, 5.2).
    if (response.status !== 400 || wish.credentials === undefined)
      throw failureOf(response, about, { method, user, clean });
    throw deniedError(about, 400, { method, user });
  }
  const answer = readJson(await response.bytes(maxTokenBytes), TokenAnswer, {
    code: 'registry-answer-invalid',
    what: 'the answer of the token server',
    where: wish.realm.origin,
    next: 'look at the log of the token server',
  });
  const text = answer.token ?? answer.access_token ?? '';
  if (!/^[\x21-\x7e]+$/.test(text)) throw invalidAnswer(about, 'has a token server that gave no usable token');
  return { text, lifetimeMs: (answer.expires_in ?? 60) * 1000 };
}

function requestFor({ realm, service, scopes, credentials }: TokenWish): HttpRequest {
  if (credentials?.kind === 'identity') {
    // https://distribution.github.io/distribution/spec/auth/oauth/
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'slipway', scope: scopes.join(' ') });
    if (service !== undefined) form.set('service', service);
    form.set('refresh_token', credentials.token);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm.href, headers, body: new TextEncoder().encode(form.toString()), ...whole };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials === undefined) return { method: 'GET', url: url.href, ...whole };
  const headers = { authorization: basicHeader(credentials.username, credentials.password) };
  return { method: 'GET', url: url.href, headers, ...whole };
}
