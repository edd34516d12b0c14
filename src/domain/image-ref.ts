import { type Digest, isDigest } from './digest.ts';
import { ConfigError } from './errors.ts';

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
const hub = 'docker.io';
const hostPattern =
  /^(?:[a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])(?:\.(?:[a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))*(?::[0-9]{1,5})?$|^\[[0-9a-f:.]+\](?::[0-9]{1,5})?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** Tells whether a text may be a tag. */
export function isTag(text: unknown): text is Tag {
  return typeof text === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text);
}

/** Tells whether a text is a repository in canonical spelling. */
export function isRepository(text: unknown): text is Repository {
  if (typeof text !== 'string') return false;
  const [host = '', ...components] = text.split('/');
  return isHost(host) && isRepositoryPath(components.join('/'));
}

/** A host by the grammar which also stays itself in an address: no port above 65535, no other spelling of a number. */
function isHost(host: string): boolean {
  if (!hostPattern.test(host) || !URL.canParse(`http://${host}/`)) return false;
  const url = new URL(`http://${host}/`);
  return url.host === host || `${url.host}:80` === host;
}

/** Tells whether a text is the path of a repository within its registry. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= maxPathLength && text.split('/').every((component) => componentPattern.test(component));
}

/** Reads a tag that a person or a rule made. */
export function parseTag(text: string, where: string): Tag {
  if (isTag(text)) return text;
  throw invalid(
    text,
    'tag',
    where,
    `use up to 128 letters, digits, ".", "_" and "-", beginning with none of "." and "-"`,
  );
}

/** Reads a repository as people write it; `busybox` is Docker Hub's. */
export function parseRepository(text: string, where: string): Repository {
  const ref = parseImageRef(text, where);
  if (ref.tag === undefined && ref.digest === undefined) return ref.repository;
  throw invalid(text, 'repository', where, 'leave the tag and the digest out');
}

/** Reads a reference as people write it: `busybox`, `ghcr.io/acme/app:1.2`, `localhost:5000/app@sha256:…`. */
export function parseImageRef(text: string, where: string): ImageRef {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, 'reference', where, 'write the digest as sha256: and 64 hexadecimal digits in lower case');
  }
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : parseTag(name.slice(colon + 1), where);
  const repository = canonical(path);
  if (!isRepository(repository)) throw invalid(text, 'reference', where, reasonFor(path));
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

/** The first component is a host only if it could be no path: it has a dot, a port, or is `localhost`. */
function canonical(path: string): string {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const hasHost = /[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!hasHost) return `${hub}/${slash < 0 ? `library/${path}` : path}`;
  const rest = path.slice(slash + 1);
  // On this machine registries are spoken to without TLS, whose port 443 is.
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])(:|$)/i.test(first);
  const lower = isHere ? first.toLowerCase() : first.toLowerCase().replace(/:443$/, '');
  if (lower !== hub && lower !== 'index.docker.io' && lower !== 'registry-1.docker.io') return `${lower}/${rest}`;
  return `${hub}/${rest.includes('/') ? rest : `library/${rest}`}`;
}

function reasonFor(path: string): string {
  if (path.length > maxPathLength) return `shorten it to ${maxPathLength} characters`;
  const bad = /[^a-z0-9._:/[\]-]/.exec(path);
  if (bad !== null)
    return `take out ${JSON.stringify(bad[0])} at character ${bad.index + 1}: lower case letters, digits, ".", "_", "-" and "/" may be used`;
  return 'name it like ghcr.io/owner/image:tag; each part begins and ends with a letter or a digit';
}

function invalid(text: string, what: string, where: string, next: string): ConfigError {
  return new ConfigError({
    code: `${what}-invalid`,
    what: `${JSON.stringify(text.slice(0, 300))} is no valid ${what}`,
    where,
    state: 'nothing was read or written',
    next,
  });
}
