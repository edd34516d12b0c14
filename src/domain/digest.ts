import { createHash, type Hash } from 'node:crypto';
import { ConfigError } from './errors.ts';

declare const digestBrand: unique symbol;

/** A content digest, `sha256:…` or `sha512:…` in lower case; only the functions here make one. */
export type Digest = string & { readonly [digestBrand]: true };

/** The algorithms that we compute; the specification registers no other for images. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const hexLengths = { sha256: 64, sha512: 128 } satisfies Record<DigestAlgorithm, number>;

/** Tells whether a text is a digest of a registered algorithm, exactly as long as it must be. */
export function isDigest(text: unknown): text is Digest {
  if (typeof text !== 'string') return false;
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(text);
  return match !== null && match[2]?.length === hexLengths[match[1] === 'sha512' ? 'sha512' : 'sha256'];
}

/** Reads a digest that a person or another system wrote. */
export function parseDigest(text: string, where: string): Digest {
  if (isDigest(text)) return text;
  throw new ConfigError({
    code: 'digest-invalid',
    what: `"${text.slice(0, 160)}" is not a digest`,
    where,
    state: 'nothing was read or written',
    next: 'write it as sha256: followed by 64 hexadecimal digits in lower case (or sha512: and 128)',
  });
}

/** The algorithm that a digest names. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part, as blob folders use it. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The first twelve digits, for a person to recognise a digest by. */
export function shortDigest(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

/** The digest of bytes or of a text in UTF-8. */
export function digestOf(content: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const hasher = new Hasher(algorithm);
  hasher.add(content);
  return hasher.digest();
}

/** Computes a digest of content that arrives in pieces. */
export class Hasher {
  readonly #algorithm: DigestAlgorithm;
  readonly #hash: Hash;

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  add(piece: Uint8Array | string): void {
    this.#hash.update(piece);
  }

  digest(): Digest {
    const text = `${this.#algorithm}:${this.#hash.digest('hex')}`;
    if (!isDigest(text)) throw new Error(`computed no digest: ${text}`);
    return text;
  }
}
