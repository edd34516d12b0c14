import { ConfigError } from '../../domain/errors.ts';
import { type ImageRef, parseImageRef, parseTag } from '../../domain/image-ref.ts';
import type { Files } from '../../ports/files.ts';

/** A place that images can be in, as a person names it. */
export type Place =
  | { readonly kind: 'store'; readonly folder: string }
  | { readonly kind: 'archive'; readonly file: string; readonly form: 'oci' | 'docker' }
  | { readonly kind: 'engine'; readonly reference: string }
  | { readonly kind: 'registry'; readonly ref: ImageRef };

const where = 'the argument';

/** Reads the name of a place. What is on the disk is meant before what could be in a registry. */
export async function readPlace(files: Files, text: string): Promise<Place> {
  const [, prefix, rest = ''] = /^(oci|oci-archive|docker-archive|engine):(.*)$/s.exec(text) ?? [];
  if (prefix !== undefined && rest === '') throw unnamed(text);
  if (prefix === 'oci') return { kind: 'store', folder: rest };
  if (prefix === 'oci-archive') return { kind: 'archive', file: rest, form: 'oci' };
  if (prefix === 'docker-archive') return { kind: 'archive', file: rest, form: 'docker' };
  if (prefix === 'engine') return { kind: 'engine', reference: rest };
  if ((await files.facts(`${text}/oci-layout`)) !== undefined) return { kind: 'store', folder: text };
  const real = await files.realPath(text);
  const facts = real === undefined ? undefined : await files.facts(real);
  if (facts?.kind === 'file') return { kind: 'archive', file: text, form: 'oci' };
  if (/\.tar(\.[a-z0-9]+)?$|\.tgz$/.test(text)) throw noArchive(text);
  if (text.startsWith('.') || text.startsWith('/')) throw noStore(text);
  return { kind: 'registry', ref: parseImageRef(text, where) };
}

/** The text of an engine's image, or of one in a registry, with the tag that is meant where none is written. */
export function tagged(ref: ImageRef): ImageRef {
  return ref.tag === undefined && ref.digest === undefined ? { ...ref, tag: parseTag('latest', where) } : ref;
}

function unnamed(text: string): ConfigError {
  return new ConfigError({
    code: 'place-invalid',
    what: `${JSON.stringify(text)} names nothing behind the colon`,
    where,
    state: 'nothing was read or written',
    next: 'for example oci:FOLDER, oci-archive:FILE, docker-archive:FILE or engine:busybox',
  });
}

function noArchive(text: string): ConfigError {
  return new ConfigError({
    code: 'archive-missing',
    what: 'there is no such file',
    where: text,
    state: 'nothing was read or written',
    next: 'check the path; to make an archive, write oci-archive: or docker-archive: before it',
  });
}

function noStore(text: string): ConfigError {
  return new ConfigError({
    code: 'store-missing',
    what: 'there is no OCI image layout',
    where: text,
    state: 'nothing was read',
    next: 'name the folder in which oci-layout and index.json lie, or a reference such as ghcr.io/owner/app:1.0',
  });
}
