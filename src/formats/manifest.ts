import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { RawManifest } from '../ports/content.ts';
import { readJson } from './json.ts';
import { isIndexType, mediaTypes, OciIndex, OciManifest } from './oci.ts';

/** A manifest or an index, read. */
export type ReadManifest =
  | { readonly kind: 'index'; readonly index: OciIndex }
  | { readonly kind: 'manifest'; readonly manifest: OciManifest };

const code = 'manifest-invalid';
const next = 'look at it with another tool; if it is what was pushed, build and push the image again';

/** Reads the bytes of a manifest by its media type. */
export function readManifest(raw: RawManifest): ReadManifest {
  const about = { code, what: 'the manifest', where: raw.digest, next };
  if (isIndexType(raw.mediaType)) return { kind: 'index', index: readJson(raw.bytes, OciIndex, about) };
  if (raw.mediaType === mediaTypes.manifest || raw.mediaType === mediaTypes.dockerManifest) {
    return { kind: 'manifest', manifest: readJson(raw.bytes, OciManifest, about) };
  }
  throw new RemoteError({
    code,
    what: `the manifest has the media type ${JSON.stringify(raw.mediaType.slice(0, 160))}, which is that of no image`,
    where: raw.digest,
    state: 'it was not used',
    next,
  });
}

/** What a manifest says it is (a SyntaxError where it is no JSON, for the caller knows where it came from); some writers leave the media type to the one who carries the bytes. */
export function declaredMediaType(bytes: Uint8Array, where: Digest | string): string | undefined {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RemoteError({ code, what: 'the manifest is no JSON object', where, state: 'it was not used', next });
  }
  if ('mediaType' in value && typeof value.mediaType === 'string') return value.mediaType;
  if ('manifests' in value) return mediaTypes.index;
  return 'layers' in value && 'config' in value ? mediaTypes.manifest : undefined;
}
