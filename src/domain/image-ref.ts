import { type Digest, digestIn } from './digest.ts';
import { ConfigError } from './errors.ts';
import { formFault, hostFault, pathFault, shownWithoutPassword, tagFault } from './reference-fault.ts';
import type { Fault } from './shown-text.ts';

declare const tagBrand: unique symbol;
declare const repositoryBrand: unique symbol;

/** A tag by the distribution grammar; only `parseTag` and `isTag` make one. */
export type Tag = string & { readonly [tagBrand]: true };

/** A registry host with a repository path in canonical spelling, `docker.io/library/busybox`. */
export type Repository = string & { readonly [repositoryBrand]: true };

/** A reference to an image: a repository with a tag, a digest, both or neither. */
export interface ImageRef {
  readonly repository: Repository;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

const maxPathLength = 255;
const maxHostLength = 253;
const hub = 'docker.io';
const hubNames: readonly string[] = [hub, 'index.docker.io', 'registry-1.docker.io'];
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-f:.]+\\])(?::[1-9][0-9]{0,4})?$`);
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** Tells whether a text may be a tag. */
export function isTag(text: unknown): text is Tag {
  return typeof text === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text);
}

/** Tells whether a text is a repository in canonical spelling. */
export function isRepository(text: unknown): text is Repository {
  if (typeof text !== 'string') return false;
  const slash = text.indexOf('/');
  return isHost(text.slice(0, slash)) && isRepositoryPath(text.slice(slash + 1)) && canonical(text).text === text;
}

/** A host by the grammar which also stays itself in an address: no port above 65535, no other spelling of a number. */
function isHost(host: string): boolean {
  const known = hosts.get(host);
  if (known !== undefined) return known;
  // A plan of thousands of images names a few hosts, and asks about them again and again.
  if (hosts.size >= mostHosts) hosts.clear();
  const is = isCanonicalHost(host);
  hosts.set(host, is);
  return is;
}

const mostHosts = 100;
const hosts = new Map<string, boolean>();

function isCanonicalHost(host: string): boolean {
  if (
    host.replace(/:[0-9]+$/, '').length > maxHostLength ||
    !hostPattern.test(host) ||
    !URL.canParse(`http://${host}/`)
  )
    return false;
  const url = new URL(`http://${host}/`);
  return url.host === host || `${url.host}:80` === host;
}

/** Tells whether a text is the path of a repository within its registry. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= maxPathLength && text.split('/').every((component) => componentPattern.test(component));
}

/** Reads a tag that a person or a rule made. */
export function parseTag(text: string, where: string): Tag {
  return tagIn(text, 0, text.length, where);
}

/** Reads a repository as people write it; `busybox` is Docker Hub's. */
export function parseRepository(text: string, where: string): Repository {
  const ref = parseImageRef(text, where);
  if (ref.tag === undefined && ref.digest === undefined) return ref.repository;
  const why = `it has a ${ref.tag === undefined ? 'digest' : 'tag'}`;
  throw invalid(text, 'repository', where, { why, next: 'leave the tag and the digest out' });
}

/** Reads a reference as people write it: `busybox`, `ghcr.io/acme/app:1.2`, `localhost:5000/app@sha256:…`. */
export function parseImageRef(text: string, where: string): ImageRef {
  const form = formFault(text);
  if (form !== undefined) throw invalid(text, 'reference', where, form);
  const at = text.indexOf('@');
  const nameEnd = at < 0 ? text.length : at;
  const colon = text.indexOf(':', text.lastIndexOf('/', nameEnd) + 1);
  const pathEnd = colon < 0 || colon > nameEnd ? nameEnd : colon;
  const name = canonical(text.slice(0, pathEnd));
  const repository = name.text;
  if (!isRepository(repository)) {
    const host = name.pathStart === 0 ? undefined : hostFault(text, name.pathStart - 1, maxHostLength);
    const path = repository.slice(repository.indexOf('/') + 1);
    throw invalid(text, 'reference', where, host ?? pathFault(text, name.pathStart, pathEnd, { path, maxPathLength }));
  }
  const tag = pathEnd === nameEnd ? undefined : tagIn(text, pathEnd + 1, nameEnd, where);
  const digest = at < 0 ? undefined : digestIn(text, at + 1, where);
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The registry that a repository is in, with its port. */
export function hostOf(repository: Repository): string {
  return repository.slice(0, repository.indexOf('/'));
}

/** The path of a repository within its registry. */
export function pathOf(repository: Repository): string {
  return repository.slice(repository.indexOf('/') + 1);
}

/** The text of a reference, from which `parseImageRef` makes the same one again. */
export function refText(ref: ImageRef): string {
  return `${ref.repository}${ref.tag === undefined ? '' : `:${ref.tag}`}${ref.digest === undefined ? '' : `@${ref.digest}`}`;
}

/** What of its repository a reference means: its digest, else its tag, else `latest`. */
export function meantBy(ref: ImageRef): Tag | Digest {
  return ref.digest ?? ref.tag ?? parseTag('latest', 'the usual tag');
}

/** The canonical spelling of a name, and where its path begins in the text: 0 if it names no host. */
function canonical(name: string): { readonly text: string; readonly pathStart: number } {
  const slash = name.indexOf('/');
  const host = slash < 0 ? '' : asciiLower(name.slice(0, slash));
  // The first component is a host only if it could be no path: it has a dot, a port, or is `localhost`.
  if (!/[.:[]/.test(host) && host !== 'localhost') {
    return { text: `${hub}/${slash < 0 ? `library/${name}` : name}`, pathStart: 0 };
  }
  const path = name.slice(slash + 1);
  const canonicalHost = withoutUsualPort(host);
  const pathStart = slash + 1;
  if (!hubNames.includes(canonicalHost)) return { text: `${canonicalHost}/${path}`, pathStart };
  return { text: `${hub}/${path.includes('/') ? path : `library/${path}`}`, pathStart };
}

function withoutUsualPort(host: string): string {
  // On this machine registries are spoken to without TLS, whose port 443 is. A host without a dot needs its port to be one.
  if (/^(localhost|127(\.\d+){3}|\[::1\])(:|$)/.test(host) || !/[.[]/.test(host)) return host;
  return host.replace(/:443$/, '');
}

/** Lower case of A to Z alone: that of the Kelvin sign would be a plain k. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function tagIn(text: string, start: number, end: number, where: string): Tag {
  const tag = text.slice(start, end);
  if (isTag(tag)) return tag;
  throw invalid(text, 'tag', where, tagFault(text, start, end), start > 0);
}

function invalid(text: string, what: string, where: string, fault: Fault, isPart = false): ConfigError {
  return new ConfigError({
    code: `${what}-invalid`,
    what: `${shownWithoutPassword(text)} ${isPart ? 'has' : 'is'} no valid ${what}: ${fault.why}`,
    where,
    state: 'nothing was read or written',
    next: fault.next,
  });
}
