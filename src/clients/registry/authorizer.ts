import { hostOf } from '../../domain/image-ref.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Http } from '../../ports/http.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { baseUrlOf, type PlainHttp, realmUrl } from './address.ts';
import { parseChallenges } from './challenge.ts';
import type { Attempt } from './failure.ts';
import { basicHeader, type Credentials, type FindCredentials, userIn } from './login.ts';
import { mergeScopes } from './scope.ts';
import { requestToken, type Token } from './token.ts';

/** A request that needs an Authorization header, and what for. */
export interface Need {
  readonly attempt: Attempt;
  readonly scopes: readonly string[];
}

type Way = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly realm: URL; readonly service?: string };

interface HeldToken {
  readonly header: Promise<string>;
  /** Unknown while the token is on its way. */
  goodUntilMs: number;
}

interface AuthorizerPorts {
  readonly http: Http;
  readonly clock: Clock;
  readonly secrets: Secrets;
}

/** Who we are, and where plain HTTP will do. */
export interface AuthorizerOptions {
  readonly credentials: FindCredentials;
  readonly plainHttp: PlainHttp;
}

/** Finds the Authorization header for requests, from what each registry asked for before. */
export class Authorizer {
  readonly #http: Http;
  readonly #clock: Clock;
  readonly #secrets: Secrets;
  readonly #credentials: FindCredentials;
  readonly #plainHttp: PlainHttp;
  readonly #ways = new Map<string, Way>();
  readonly #tokens = new Map<string, HeldToken>();
  /** Scopes that a registry wants beyond those which we ask for, by the key of ours. */
  readonly #added = new Map<string, string>();

  constructor(ports: AuthorizerPorts, options: AuthorizerOptions) {
    this.#http = ports.http;
    this.#clock = ports.clock;
    this.#secrets = ports.secrets;
    this.#credentials = options.credentials;
    this.#plainHttp = options.plainHttp;
  }

  /** The header to begin with; before the first refusal of a registry there is none. */
  async known(need: Need): Promise<string | undefined> {
    const way = this.#ways.get(hostOf(need.attempt.repository));
    return way === undefined ? undefined : this.#header(way, need);
  }

  /** Whom a registry took us for, in words; nobody where it never asked. */
  async userAt(attempt: Attempt): Promise<string | undefined> {
    const host = hostOf(attempt.repository);
    return this.#ways.has(host) ? userIn(await this.#credentials(host)) : undefined;
  }

  /** The header to try after a 401, or `undefined` when there is nothing else to try. */
  async afterRefusal(need: Need, challenge: string, refused: string | undefined): Promise<string | undefined> {
    const host = hostOf(need.attempt.repository);
    const challenges = parseChallenges(challenge);
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
    if (bearer !== undefined) {
      const registry = baseUrlOf(host, this.#plainHttp);
      const realm = realmUrl(bearer.parameters.get('realm') ?? '', registry, need.attempt.repository, this.#plainHttp);
      const service = bearer.parameters.get('service');
      const way: Way = { kind: 'bearer', realm, ...(service === undefined ? {} : { service }) };
      this.#ways.set(host, way);
      this.#added.set(keyOf(host, mergeScopes(need.scopes)), bearer.parameters.get('scope') ?? '');
      await this.#forget(this.#keyFor(need), refused);
      return this.#header(way, need);
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    this.#ways.set(host, { kind: 'basic' });
    const header = await this.#header({ kind: 'basic' }, need);
    return header === refused ? undefined : header;
  }

  async #header(way: Way, need: Need): Promise<string | undefined> {
    if (way.kind === 'bearer') return this.#token(way, need);
    const login = await this.#login(need);
    return login?.kind === 'password' ? basicHeader(login.username, login.password) : undefined;
  }

  /** One request at a time for a key: all who need the same token wait for the same promise. */
  #token(way: Way & { kind: 'bearer' }, need: Need): Promise<string> {
    const key = this.#keyFor(need);
    const held = this.#tokens.get(key);
    if (held !== undefined && held.goodUntilMs > this.#clock.now().getTime()) return held.header;
    const askedAtMs = this.#clock.now().getTime();
    const token = this.#newToken(way, need);
    const entry: HeldToken = { header: token.then(({ text }) => `Bearer ${text}`), goodUntilMs: Infinity };
    this.#tokens.set(key, entry);
    token.then(
      ({ lifetimeMs }) => {
        // A token must outlive the request that carries it.
        entry.goodUntilMs = askedAtMs + lifetimeMs - Math.min(10_000, lifetimeMs / 2);
      },
      () => {
        if (this.#tokens.get(key) === entry) this.#tokens.delete(key);
      },
    );
    return entry.header;
  }

  async #newToken({ realm, service }: Way & { kind: 'bearer' }, need: Need): Promise<Token> {
    const credentials = await this.#login(need);
    const token = await requestToken(
      { http: this.#http, secrets: this.#secrets },
      { realm, service, scopes: this.#scopesFor(need), credentials },
      need.attempt,
    );
    this.#secrets.add(token.text);
    return token;
  }

  async #login(need: Need): Promise<Credentials | undefined> {
    const credentials = await this.#credentials(hostOf(need.attempt.repository));
    if (credentials !== undefined) {
      this.#secrets.add(credentials.kind === 'identity' ? credentials.token : credentials.password);
    }
    return credentials;
  }

  /** A token that the registry refused is not offered again; one that somebody else got since then is. */
  async #forget(key: string, refused: string | undefined): Promise<void> {
    const held = this.#tokens.get(key);
    if (held === undefined || refused === undefined || held.goodUntilMs === Infinity) return;
    if ((await held.header) === refused && this.#tokens.get(key) === held) this.#tokens.delete(key);
  }

  #scopesFor(need: Need): readonly string[] {
    const host = hostOf(need.attempt.repository);
    return mergeScopes([...need.scopes, this.#added.get(keyOf(host, mergeScopes(need.scopes))) ?? '']);
  }

  #keyFor(need: Need): string {
    return keyOf(hostOf(need.attempt.repository), this.#scopesFor(need));
  }
}

function keyOf(host: string, scopes: readonly string[]): string {
  return [host, ...scopes].join(' ');
}
