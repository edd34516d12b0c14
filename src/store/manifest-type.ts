import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { declaredMediaType } from '../formats/manifest.ts';

/** The media type of a manifest that lies in a store, where nothing but its bytes can tell. */
export function typeOf(bytes: Uint8Array, digest: Digest): string {
  const declared = declaredOrNothing(bytes, digest);
  if (declared !== undefined) return declared;
  throw new RemoteError({
    code: 'manifest-invalid',
    what: 'the content is no manifest',
    where: digest,
    state: 'it was not used',
    next: 'check the digest: it seems to be that of a layer or a config and not of an image',
  });
}

function declaredOrNothing(bytes: Uint8Array, digest: Digest): string | undefined {
  try {
    return declaredMediaType(bytes, digest);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
