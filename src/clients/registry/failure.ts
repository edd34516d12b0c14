import { httpDateMs, retryAfterMs } from '../../domain/backoff.ts';
import { algorithmOf, type Digest, isDigest, shortDigest } from '../../domain/digest.ts';
import { type ErrorParts, RemoteError, type Tries, triesText } from '../../domain/errors.ts';
import { hostOf, type Repository, type Tag } from '../../domain/image-ref.ts';
import type { HttpResponse } from '../../ports/http.ts';
import { type Refusal, readRefusal } from './answer.ts';
import { busyWord } from './retry.ts';
import type { Right } from './scope.ts';

/** What was tried, for the words of an error. */
export interface Attempt {
  readonly repository: Repository;
  readonly right: Right;
  /** As a noun: `the manifest latest`. */
  readonly what: string;
  readonly reference?: Tag | Digest;
}

/** Who asked, and how. */
export interface Asker {
  readonly method: string;
  /** `the user anna`; nobody where we did not sign in. */
  readonly user: string | undefined;
  /** Takes secrets out of a text: servers like to repeat what they were sent, and that includes how we signed in. */
  readonly clean: (text: string) => string;
}

/** The error that an unexpected answer is. Retries lie behind us. */
export function failureOf(response: HttpResponse, attempt: Attempt, { method, user, clean }: Asker): RemoteError {
  const { status, tries } = response;
  const said = readRefusal(response.refusal, clean);
  const host = hostOf(attempt.repository);
  const about = { where: placeText(attempt, method, tries), state: stateOf(attempt), status, tries, host };
  return new RemoteError({ ...about, ...wordsFor(response, attempt, { ...said, user }) });
}

/** The code that a registry gives is more exact than its status. */
function wordsFor(
  response: HttpResponse,
  attempt: Attempt,
  { codes, text, user }: Refusal & { readonly user: string | undefined },
): Pick<ErrorParts, 'code' | 'what' | 'next'> {
  const { status } = response;
  const host = hostOf(attempt.repository);
  const has = (...wanted: readonly string[]): boolean => wanted.some((code) => codes.includes(code));
  if (status === 429 || has(busyWord)) {
    return {
      code: 'registry-busy',
      what: `${host} asks us to slow down and did not serve ${attempt.what}${quote(text)}`,
      next: `${patience(response)}; uploads that were finished are used again. An account has a higher limit than none, so log in where you did not`,
    };
  }
  if (status === 401 || status === 403 || (status < 500 && has('UNAUTHORIZED', 'DENIED'))) {
    return deniedWords(attempt, status, { said: text, user });
  }
  if (has('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN') && attempt.right === 'push') {
    return {
      code: 'registry-blobs-missing',
      what: `${host} misses content that ${attempt.what} speaks of${quote(text)}`,
      next: 'run again; if it stays, the registry removes what was just uploaded: look at its clean-up rules',
    };
  }
  if (status === 405) {
    return {
      code: 'registry-unsupported',
      what: `${host} takes no such request for ${attempt.what}: it is read-only, or has the function switched off${quote(text)}`,
      next: 'ask whoever runs the registry; while it is being maintained nothing can be written',
    };
  }
  if (status >= 500) {
    return {
      code: 'registry-failed',
      what: `${host} failed with ${status} over ${attempt.what}${quote(text)}`,
      next: 'run again; if it stays, look at the status page or the log of the registry, and whether its disk is full',
    };
  }
  return {
    code: 'registry-refused',
    what: `${host} answered ${status} to ${attempt.what}${quote(text)}`,
    next: refusalAdvice(status, attempt),
  };
}

function refusalAdvice(status: number, { repository }: Attempt): string {
  if (status === 404) return `check that ${repository} exists; some registries want it made before the first push`;
  if (status === 413) return 'something before the registry limits the size of uploads, or a quota is used up';
  return 'check the name and what the registry accepts';
}

/** A right is missing: the credentials are wrong, too weak or not there. */
export function deniedError(
  attempt: Attempt,
  status: number,
  { method, user }: Pick<Asker, 'method' | 'user'>,
): RemoteError {
  const where = placeText(attempt, method, undefined);
  return new RemoteError({
    ...deniedWords(attempt, status, { said: '', user }),
    where,
    host: hostOf(attempt.repository),
    state: stateOf(attempt),
    status,
  });
}

function deniedWords(
  attempt: Attempt,
  status: number,
  { said, user }: { readonly said: string; readonly user: string | undefined },
): Pick<ErrorParts, 'code' | 'what' | 'next'> {
  const { right, repository, what } = attempt;
  const host = hostOf(repository);
  return {
    code: 'registry-denied',
    what: `${host} denies ${user ?? 'a visitor without a login'} the right to ${right} ${repository} (${status} over ${what})${quote(said)}`,
    next:
      right === 'push'
        ? `log in to ${host} with an account that may write there (on GitHub: "permissions: packages: write")`
        : `check the name, and log in to ${host} with an account that may read it`,
  };
}

/** A request that never got an answer, in the words of what it was for. */
export function unreachableFor(
  attempt: Attempt,
  method: string,
  failure: RemoteError,
  tries: Tries | undefined = failure.tries,
): RemoteError {
  const { code, what, next } = failure;
  return new RemoteError({
    code,
    what: `${what}, asked about ${attempt.what}`,
    where: placeText(attempt, method, tries),
    state: stateOf(attempt),
    next,
    ...(tries === undefined ? {} : { tries }),
    cause: failure,
  });
}

/** An answer with the right status that does not say what it must. */
export function invalidAnswer(attempt: Attempt, what: string): RemoteError {
  return new RemoteError({
    code: 'registry-answer-invalid',
    what: `${hostOf(attempt.repository)} ${what}, asked about ${attempt.what}`,
    where: placeText(attempt, undefined, undefined),
    state: stateOf(attempt),
    next: 'run again; if it stays, look at the log of the registry or of a proxy before it',
  });
}

/** `PUT ghcr.io/acme/app:1.2 (6 tries, 71 s)` */
function placeText({ repository, reference }: Attempt, method: string | undefined, tries: Tries | undefined): string {
  const part =
    reference === undefined
      ? ''
      : isDigest(reference)
        ? `@${algorithmOf(reference)}:${shortDigest(reference)}`
        : `:${reference}`;
  const name = `${repository}${part}`;
  return `${method === undefined ? '' : `${method} `}${name}${tries === undefined ? '' : ` (${triesText(tries)})`}`;
}

/** When to come back, where the registry said so. */
function patience({ headers }: HttpResponse): string {
  const serverMs = httpDateMs(headers.date);
  const now = new Date(serverMs ?? 0);
  const asked = retryAfterMs(headers, now);
  if (asked === undefined) return 'wait some minutes and run again';
  if (serverMs !== undefined) return `run again after ${new Date(serverMs + asked).toISOString()}`;
  const until = httpDateMs(headers['retry-after']);
  if (until !== undefined) return `run again after ${new Date(until).toISOString()}`;
  return `run again in ${Math.ceil(asked / 60_000)} min`;
}

function stateOf({ right }: Attempt): string {
  return right === 'pull' ? 'nothing was read' : 'this was not written; what was written before it stays';
}

function quote(said: string): string {
  return said === '' ? '' : `; it says ${JSON.stringify(said)}`;
}
