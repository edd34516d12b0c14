import { configs, manifests } from './documents.ts';
import { dockerfiles, dockerignores } from './files.ts';
import { linkHeader, retryAfter, wwwAuthenticate } from './headers.ts';
import { layouts } from './layouts.ts';
import { platforms, versions } from './names.ts';
import { references } from './references.ts';
import type { Target } from './target.ts';

/** Everything that is fuzzed: one target for each parser of text from outside. */
export const targets: readonly Target[] = [
  references,
  wwwAuthenticate,
  linkHeader,
  retryAfter,
  manifests,
  configs,
  layouts,
  versions,
  dockerfiles,
  dockerignores,
  platforms,
];
