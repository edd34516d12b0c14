import type { ImageConfig } from '../config-schema.ts';

/** The ways in which a repository says what is to be built, in the order in which they are looked for. */
export type KindOfDiscovery = 'python-matrix' | 'bake' | 'compose' | 'folders' | 'dockerfile';

/** What a bake or compose file says of an image and the configuration has no place for; lists are as buildx takes them. */
export interface ImageExtras {
  readonly cacheTo: readonly string[];
  readonly pull: boolean;
  /** Named contexts that are neither a folder nor an image of the set, such as `docker-image://alpine:3`. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** The text that stands in for a Dockerfile. */
  readonly dockerfileInline: string | undefined;
  /** What else it says and nobody heeds, in a few words each. */
  readonly unheeded: readonly string[];
}

/** The images that one way of looking found; notes are short sentences that name files. */
export interface Finding {
  readonly how: KindOfDiscovery;
  /** The files that said it. */
  readonly source: string;
  /** The same, one by one; folders say it by being there. */
  readonly files: readonly string[];
  readonly images: Readonly<Record<string, ImageConfig>>;
  readonly extras: Readonly<Record<string, ImageExtras>>;
  /** Where the tags of the images say that they are published. */
  readonly prefix: string | undefined;
  /** The versions of PYTHON_VERSIONS, as written. */
  readonly pythonVersions: readonly string[] | undefined;
  readonly found: readonly string[];
  readonly notTaken: readonly string[];
}

/** Names in a sentence; a long list ends with how many more there are. */
export function listed(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
