import { ConfigError, RemoteError, type Tries, triesText } from '../domain/errors.ts';
import { errorCode } from './error-code.ts';

/** The address as it may be printed: user, password and query can hold credentials. */
export function printableUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Reads an address; the error does not repeat it, because it may hold a password. */
export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new ConfigError({
    code: 'url-invalid',
    what: 'the address of a request is no http or https URL',
    state: 'nothing was sent',
    next: 'check the names of the registries and hosts',
  });
}

/** No answer came from a host, after all attempts. */
export function unreachable(url: URL, tries: Tries, cause: unknown): RemoteError {
  return new RemoteError({
    code: 'remote-unreachable',
    what: `${url.host} could not be reached (${reasonOf(cause)}; ${triesText(tries)})`,
    where: url.host,
    state: 'the request got no answer',
    next: adviceFor(cause),
    tries,
    cause,
  });
}

/** The answer began but did not come to its end. */
export function brokenOff(url: URL, cause: unknown): RemoteError {
  return new RemoteError({
    code: 'remote-broke-off',
    what: `${url.host} broke off in the middle of its answer (${reasonOf(cause)})`,
    where: printableUrl(url),
    state: 'the part that arrived was not used',
    next: 'run again; if it stays, check the network and the proxy between here and the host',
    cause,
  });
}

/** Tells whether an answer ended before its end. */
export function isBrokenOff(error: unknown): boolean {
  return error instanceof RemoteError && error.code === 'remote-broke-off';
}

/** The answer has more bytes than anyone should keep in memory. */
export function tooLarge(url: URL, maxBytes: number): RemoteError {
  return new RemoteError({
    code: 'remote-answer-too-large',
    what: `${url.host} answered with more than ${maxBytes} bytes`,
    where: printableUrl(url),
    state: 'the answer was not used',
    next: 'check that the address is the right one',
  });
}

/** The upload is not as long as was announced; sending it would leave the server waiting or with damaged content. */
export function uploadSizeWrong(url: URL, announced: number, found: number): RemoteError {
  return new RemoteError({
    code: 'upload-size-wrong',
    what: `the upload has ${found} bytes and not the announced ${announced}`,
    where: printableUrl(url),
    state: 'the upload was broken off',
    next: 'check whether something changed the content while it was sent, then run again',
  });
}

/** Tells whether a connection failed over trust, which no further attempt mends. */
export function isTrustFailure(cause: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(errorCode(cause) ?? '');
}

function adviceFor(cause: unknown): string {
  const code = errorCode(cause) ?? '';
  if (/^ERR_SSL|^EPROTO$/.test(code)) {
    return 'the host speaks no TLS there: check the port, or name the host in SLIPWAY_PLAIN_HTTP if that is meant';
  }
  if (isTrustFailure(cause)) {
    return 'if the certificate is that of your own authority, name its file in NODE_EXTRA_CA_CERTS; otherwise check the host';
  }
  return 'check the name of the host, the network and the proxy settings, then run again';
}

function reasonOf(cause: unknown): string {
  if (cause instanceof RemoteError) return 'the answer broke off';
  const code = errorCode(cause);
  if (code !== undefined) return code;
  return cause instanceof IdleError || cause instanceof NobodyReadsError ? cause.message : 'the connection was lost';
}

/** Nothing arrived for too long. */
export class IdleError extends Error {
  constructor(idleMs: number) {
    super(`silent for ${idleMs / 1000} s`);
  }
}

/** Our own side did not read an answer for too long, so its connection was given to others. */
export class NobodyReadsError extends Error {
  constructor(idleMs: number) {
    super(`nobody read it for ${idleMs / 1000} s`);
  }
}
