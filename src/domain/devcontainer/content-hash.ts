import { canonicalJson } from '../canonical-json.ts';
import { type Digest, digestOf, hexOf } from '../digest.ts';
import { parseTag, type Tag } from '../image-ref.ts';

/** What decides the content of an image, by name, each with the digest of what it is. */
export type HashInputs = Readonly<Record<string, Digest>>;

/** Raised when the same inputs are to give another hash. */
const schema = 'slipway-devcontainer/1';
const shownDigits = 16;

/** The hash of everything that decides the image: equal inputs, in whatever order they were found, give an equal one. */
export function contentHash(inputs: HashInputs): Digest {
  return digestOf(`${schema}\n${canonicalJson(inputs)}`);
}

/** The tag under which an image of that content is found. */
export function contentTag(hash: Digest): Tag {
  return parseTag(`dc-${hexOf(hash).slice(0, shownDigits)}`, 'the content hash');
}

/** One difference between the inputs of two images. */
export interface InputChange {
  readonly input: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** Which inputs make the hash of `now` another one than that of `before`. */
export function changedInputs(before: HashInputs, now: HashInputs): readonly InputChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((input): readonly InputChange[] => {
    const [was, is] = [before[input], now[input]];
    if (was === is) return [];
    return [{ input, change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }];
  });
}

/** A text whose line endings and byte order mark do not count. */
export function digestOfText(text: string): Digest {
  return digestOf(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
}

/** A value whose layout and order of keys do not count. */
export function digestOfValue(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}
