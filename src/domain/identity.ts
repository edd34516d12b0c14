import { canonicalJson } from './canonical-json.ts';
import { type Digest, digestOf } from './digest.ts';

/** One entry of a build context as it lies on disk, after `.dockerignore`. */
export interface ContextEntry {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'folder';
  readonly executable: boolean;
  /** The digest of a file's content, or of a link's target. */
  readonly digest: Digest | undefined;
}

/** Everything about an image that decides its content and that we control. */
export interface IdentityInputs {
  readonly context: readonly ContextEntry[];
  readonly dockerfile: string;
  readonly target: string | null;
  /** Arguments as the configuration writes them, before tags and registries are put in. */
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platforms: readonly string[];
  /** The identities of the images of the set that it is built on. */
  readonly bases: Readonly<Record<string, Digest>>;
  /** What else decides its content, by name: folders that the build sees, files that the configuration names. */
  readonly more?: Readonly<Record<string, readonly ContextEntry[]>>;
}

/** The input identity of an image: equal inputs give an equal one, whatever the commit, the event or the time. */
export function identityOf(inputs: IdentityInputs): Digest {
  const context = [...inputs.context].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const { more = {}, ...rest } = inputs;
  const extra = Object.keys(more).length === 0 ? {} : { more };
  const text = canonicalJson({ ...rest, ...extra, context, platforms: [...inputs.platforms].sort() });
  return digestOf(`slipway-identity/1\n${text}`);
}
