import { ConfigError } from './errors.ts';

/** A part that is empty or one of dots, a backslash, or the colon of a drive. */
const unclean = /(?:^|\/)\.{0,2}(?:\/|$)|[\\:]/;

/** Puts a relative path into its shortest form; one that leads out of its folder is an error. */
export function containedPath(path: string, what: string, where: string): string {
  if (!unclean.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw outside(path, what, where);
  }
  if (path.startsWith('/') || parts.some((part) => /^[A-Za-z]:/.test(part))) throw outside(path, what, where);
  return parts.length === 0 ? '.' : parts.join('/');
}

/** The shortest form of a path as builders make it, wherever it leads. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  const clean = `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
  return clean === '' ? '.' : clean;
}

/** Tells a context that builders fetch themselves, such as `docker-image://alpine:3`, from a folder. */
export function isAddress(context: string): boolean {
  return /^[a-z][a-z+-]*:\/\//.test(context);
}

/** The reference in a context that is an image; none in any other context. */
export function imageInContext(context: string): string | undefined {
  return context.startsWith(imageScheme) ? context.slice(imageScheme.length) : undefined;
}

const imageScheme = 'docker-image://';

/** Puts paths together; `.` adds nothing. */
export function joinPath(...parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== '.' && part !== '').join('/');
  return joined === '' ? '.' : joined;
}

function outside(path: string, what: string, where: string): ConfigError {
  return new ConfigError({
    code: 'path-outside',
    what: `${what} ${JSON.stringify(path.slice(0, 200))} leads out of the repository`,
    where,
    state: 'nothing was built',
    next: 'write a path below the repository, without a leading slash',
  });
}
