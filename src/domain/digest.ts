import { createHash, type Hash } from 'node:crypto';
import { ConfigError } from './errors.ts';
import { characterAt, counted, type Fault, shownText } from './shown-text.ts';

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
  return digestIn(text, 0, where);
}

/** Reads the digest that a longer text ends with; an error counts characters from the beginning of that text. */
export function digestIn(text: string, start: number, where: string): Digest {
  const digest = text.slice(start);
  if (isDigest(digest)) return digest;
  const fault = faultOf(text, start, digest);
  throw new ConfigError({
    code: 'digest-invalid',
    what: `${shownText(text)} ${start === 0 ? 'is not a digest' : 'has no valid digest'}: ${fault.why}`,
    where,
    state: 'nothing was read or written',
    next: fault.next,
  });
}

const form = 'write sha256: and 64 hexadecimal digits in lower case (or sha512: and 128)';

function faultOf(text: string, start: number, digest: string): Fault {
  if (digest === '') return { why: 'it is empty', next: form };
  const colon = digest.indexOf(':');
  if (colon < 0 && /^[0-9a-f]{64}$/i.test(digest))
    return { why: 'it names no algorithm', next: 'write sha256: before it' };
  const algorithm = colon < 0 ? digest : digest.slice(0, colon);
  const odd = algorithm.search(/[^a-z0-9]/);
  if (odd >= 0) {
    const isUpper = /[A-Z]/.test(algorithm.charAt(odd));
    return isUpper
      ? { why: `${characterAt(text, start + odd)} is an upper case letter`, next: 'write it in lower case' }
      : { why: `${characterAt(text, start + odd)} may not stand in the name of an algorithm`, next: form };
  }
  if (colon < 0) return { why: 'it has no ":" after its algorithm', next: form };
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return { why: `${shownText(algorithm)} is no algorithm of images`, next: form };
  }
  const hex = digest.slice(colon + 1);
  const bad = hex.search(/[^0-9a-f]/);
  if (bad < 0) return lengthFault(hex.length, algorithm);
  const culprit = characterAt(text, start + colon + 1 + bad);
  return /[A-F]/.test(hex.charAt(bad))
    ? { why: `${culprit} is an upper case digit`, next: 'write it in lower case' }
    : { why: `${culprit} is no hexadecimal digit`, next: form };
}

function lengthFault(length: number, algorithm: DigestAlgorithm): Fault {
  const excess = length - hexLengths[algorithm];
  const difference = excess < 0 ? `${-excess} too few` : `${excess} too many`;
  return { why: `it has ${counted(length, 'digit')} after ${algorithm}:, ${difference}`, next: form };
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
