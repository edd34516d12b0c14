import { RemoteError } from '../../domain/errors.ts';
import { hostOf, type Repository } from '../../domain/image-ref.ts';
import type { HttpResponse } from '../../ports/http.ts';
import { refusalText } from './answer.ts';
import type { Right } from './scope.ts';

/** What was tried, for the words of an error. */
export interface Attempt {
  readonly repository: Repository;
  readonly right: Right;
  /** As a noun: `the manifest latest`. */
  readonly what: string;
}

/** The error that an unexpected answer is. Retries lie behind us. */
export async function failureOf(response: HttpResponse, attempt: Attempt): Promise<RemoteError> {
  const said = await refusalText(response);
  const { status } = response;
  if (status === 401 || status === 403) return deniedError(attempt, status, said);
  const host = hostOf(attempt.repository);
  const about = { where: attempt.repository, state: stateOf(attempt), status };
  if (status === 429) {
    return new RemoteError({
      ...about,
      code: 'registry-busy',
      what: `${host} had too many requests and did not serve ${attempt.what}${quote(said)}`,
      next: 'wait some minutes and run again; an account has a higher limit than none, so log in where you did not',
    });
  }
  if (status >= 500) {
    return new RemoteError({
      ...about,
      code: 'registry-failed',
      what: `${host} failed with ${status} over ${attempt.what}${quote(said)}`,
      next: 'run again; if it stays, look at the status page or the log of the registry',
    });
  }
  return new RemoteError({
    ...about,
    code: 'registry-refused',
    what: `${host} answered ${status} to ${attempt.what}${quote(said)}`,
    next:
      status === 404
        ? `check that ${attempt.repository} exists; some registries want it made before the first push`
        : 'check the name and what the registry accepts',
  });
}

/** A right is missing: the credentials are wrong, too weak or not there. */
export function deniedError(attempt: Attempt, status: number, said: string): RemoteError {
  const host = hostOf(attempt.repository);
  return new RemoteError({
    code: 'registry-denied',
    what: `${host} denies the right to ${attempt.right} ${attempt.repository} (${status} over ${attempt.what})${quote(said)}`,
    where: attempt.repository,
    state: stateOf(attempt),
    next:
      attempt.right === 'push'
        ? `log in to ${host} with an account that may write there (on GitHub: "permissions: packages: write")`
        : `check the name, and log in to ${host} with an account that may read it`,
    status,
  });
}

/** An answer with the right status that does not say what it must. */
export function invalidAnswer(attempt: Attempt, what: string): RemoteError {
  return new RemoteError({
    code: 'registry-answer-invalid',
    what: `${hostOf(attempt.repository)} ${what}, asked about ${attempt.what}`,
    where: attempt.repository,
    state: stateOf(attempt),
    next: 'run again; if it stays, look at the log of the registry or of a proxy before it',
  });
}

function stateOf({ right }: Attempt): string {
  return right === 'pull' ? 'nothing was read' : 'this was not written; what was written before it stays';
}

function quote(said: string): string {
  return said === '' ? '' : `; it says ${JSON.stringify(said)}`;
}
