import { RemoteError } from '../../domain/errors.ts';
import { isPrivateAddress } from './private-address.ts';

/** Says which other hosts are spoken to without TLS. */
export type PlainHttp = (host: string) => boolean;

const never: PlainHttp = () => false;

/** Tells whether a host, with or without a port, is this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(name);
}

/** Where the interface of a registry begins. Docker Hub answers under another name than the one in its references. */
export function baseUrlOf(host: string, plainHttp: PlainHttp = never): URL {
  const scheme = isLoopback(host) || plainHttp(host) ? 'http' : 'https';
  return new URL(`${scheme}://${host === 'docker.io' ? 'registry-1.docker.io' : host}/v2/`);
}

/**
 * The address of a token server that a registry named. What is sent there may be a password, and a registry
 * elsewhere must not make us knock at doors inside of our own network.
 */
export function realmUrl(realm: string, registry: URL, where: string, plainHttp: PlainHttp = never): URL {
  const url = parse(realm, undefined, where);
  const isNeighbour = url.hostname === registry.hostname || (isLoopback(url.host) && isLoopback(registry.host));
  if (isPrivateAddress(url.hostname) && !isNeighbour) {
    throw refused(`the token server ${url.origin} is at a private address, and the registry is not there`, where);
  }
  const isPlainAllowed = (isLoopback(url.host) && isNeighbour) || url.origin === registry.origin || plainHttp(url.host);
  if (url.protocol === 'https:' || isPlainAllowed) return url;
  throw refused(`the token server ${url.origin} is not reached over TLS`, where);
}

/** The address that an answer sends us to; it may be relative. Without TLS we go no further than to the host that was spoken to so. */
export function nextUrl(from: URL, location: string | undefined, where: string): URL {
  if (location === undefined || location === '') throw refused('the registry named no address to go on at', where);
  const url = parse(location, from, where);
  const isNeighbour = url.hostname === from.hostname || (isLoopback(url.host) && isLoopback(from.host));
  if (url.protocol === 'https:' || (from.protocol === 'http:' && isNeighbour)) return url;
  throw refused(`the registry sends us from ${from.origin} to ${url.origin}, which is not reached over TLS`, where);
}

function parse(text: string, from: URL | undefined, where: string): URL {
  const base = from?.href;
  if (!URL.canParse(text, base)) throw refused('the registry named an address that is none', where);
  const url = new URL(text, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(`the registry named an address that begins with ${url.protocol}`, where);
  }
  if (url.username === '' && url.password === '') return url;
  throw refused(`the registry named an address at ${url.host} with a user name or a password in it`, where);
}

function refused(what: string, where: string): RemoteError {
  return new RemoteError({
    code: 'registry-address-refused',
    what,
    where,
    state: 'nothing was sent there',
    next: 'check the address settings of the registry and of a proxy before it',
  });
}
