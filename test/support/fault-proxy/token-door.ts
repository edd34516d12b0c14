import type { Door } from './fault-script.ts';
import { madeReply, type Reply, refusal } from './reply.ts';
import type { RoutedRequest } from './routed-request.ts';

interface Issued {
  readonly scopes: readonly string[];
  uses: number;
}

/** Lets requests in, or says what they lack; and gives out the tokens that it wants to see. */
export class TokenDoor {
  readonly #door: Door;
  readonly #issued = new Map<string, Issued>();
  #count = 0;

  constructor(door: Door) {
    this.#door = door;
  }

  /** No token that was given out is good any more. */
  expireTokens(): void {
    this.#issued.clear();
  }

  /** The refusal of a request, unless it may pass. */
  refusalOf(request: RoutedRequest, authorization: string | undefined, origin: string): Reply | undefined {
    const { kind, refuses, goodForRequests = Number.POSITIVE_INFINITY } = this.#door;
    // Who has shown nothing is asked who he is first.
    if (refuses === 403 && authorization !== undefined) return refusal(403, 'DENIED');
    const [scheme = '', secret = ''] = (authorization ?? '').split(' ');
    const scopes = scopesOf(request);
    if (refuses === undefined && kind === 'basic' && scheme === 'Basic' && this.#isUser(secret)) return undefined;
    const issued = refuses === undefined && kind === 'bearer' ? this.#issued.get(secret) : undefined;
    if (issued !== undefined && issued.uses < goodForRequests && scopes.every((scope) => isIn(scope, issued.scopes))) {
      issued.uses += 1;
      return undefined;
    }
    const challenge =
      kind === 'basic'
        ? 'Basic realm="fault proxy"'
        : `Bearer realm="${origin}/token",service="fault-proxy",scope="${scopes.join(' ')}"`;
    return refusal(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
  }

  /** https://distribution.github.io/distribution/spec/auth/token/, and with a POST .../spec/auth/oauth/ */
  tokenReply(request: RoutedRequest, authorization: string | undefined, form: string): Reply {
    const { users, refreshTokens = [], expiresIn = 300, grants = 'asked' } = this.#door;
    const isForm = request.method === 'POST';
    const query = isForm ? new URLSearchParams(form) : new URL(request.path, 'http://proxy.invalid').searchParams;
    if (isForm) {
      const isKnown = refreshTokens.includes(query.get('refresh_token') ?? '');
      if (!isKnown || query.get('grant_type') !== 'refresh_token') {
        return madeReply(400, {}, { error: 'invalid_grant' });
      }
    } else if (users !== undefined && !this.#isUser((authorization ?? '').replace(/^Basic /, ''))) {
      return refusal(401, 'UNAUTHORIZED');
    }
    const asked = query.getAll('scope').flatMap((text) => text.split(' '));
    const scopes = grants === 'asked' ? asked : asked.map((scope) => scope.replace(/:[^:]*$/, ':pull'));
    this.#count += 1;
    const token = `token-${this.#count}`;
    this.#issued.set(token, { scopes, uses: 0 });
    const named = isForm ? { access_token: token } : { token };
    return madeReply(200, {}, expiresIn === null ? named : { ...named, expires_in: expiresIn });
  }

  #isUser(secret: string): boolean {
    const [name = '', ...rest] = Buffer.from(secret, 'base64').toString().split(':');
    return name !== '' && this.#door.users?.[name] === rest.join(':');
  }
}

function scopesOf({ kind, method, repository, path }: RoutedRequest): readonly string[] {
  if (kind === 'ping' || repository === '') return [];
  const actions = method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
  const from = kind === 'mount' ? new URL(path, 'http://proxy.invalid').searchParams.get('from') : null;
  const own = `repository:${repository}:${actions}`;
  return from === null ? [own] : [own, `repository:${from}:pull`];
}

function isIn(wanted: string, granted: readonly string[]): boolean {
  const [resource, actions] = parted(wanted);
  const given = granted.filter((scope) => parted(scope)[0] === resource).flatMap((scope) => parted(scope)[1]);
  return actions.every((action) => given.includes(action));
}

function parted(scope: string): readonly [string, readonly string[]] {
  const colon = scope.lastIndexOf(':');
  return [scope.slice(0, colon), scope.slice(colon + 1).split(',')];
}
