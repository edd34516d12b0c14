import type { BuildOptions } from './build-options.ts';
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
  /** What the build is told beside all this, as far as it is anything of its own. */
  readonly options?: Partial<BuildOptions>;
  /** What else decides its content, by name: folders that the build sees, files that the configuration names. */
  readonly more?: Readonly<Record<string, readonly ContextEntry[]>>;
}

/** The input identity of an image: equal inputs give an equal one, whatever the commit, the event or the time. */
export function identityOf(inputs: IdentityInputs): Digest {
  const { context, bases, buildArgs, dockerfile, target, more = {}, options = {} } = inputs;
  const rest = {
    dockerfile,
    // What is not there leaves the identity as it was before anybody could say it.
    more: Object.keys(more).length === 0 ? undefined : more,
    options: Object.keys(options).length === 0 ? undefined : options,
    platforms: [...inputs.platforms].sort(),
    target,
  };
  // One canonical JSON, cut where its members stand by the order of the alphabet.
  const before = canonicalJson({ bases, buildArgs }).slice(0, -1);
  const behind = canonicalJson(rest).slice(1);
  return digestOf(`slipway-identity/1\n${before},"context":${contextText(context)},${behind}`);
}

/** Images with the same context share its text: of a large one it is most of the work. */
const contextTexts = new WeakMap<IdentityInputs['context'], string>();

function contextText(context: IdentityInputs['context']): string {
  const known = contextTexts.get(context);
  if (known !== undefined) return known;
  const sorted = [...context].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const text = `[${sorted.map(entryText).join(',')}]`;
  contextTexts.set(context, text);
  return text;
}

/** What the canonical JSON of an entry is, of which a large set has hundreds of thousands. */
function entryText({ digest, executable, kind, path }: ContextEntry): string {
  const content = digest === undefined ? '' : `"digest":"${digest}",`;
  return `{${content}"executable":${executable},"kind":"${kind}","path":${JSON.stringify(path)}}`;
}
