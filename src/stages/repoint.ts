import { canonicalJson } from '../domain/canonical-json.ts';
import type { Digest } from '../domain/digest.ts';
import { digestOf } from '../domain/digest.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import type { TagRequest } from '../domain/tag-move.ts';
import { giveTags } from './tagging/driver.ts';
import type { ReleaseFacts, ReleasePorts } from './tagging/facts.ts';

/** A floating tag that is to go back, from one exact digest to another. */
export interface Repointed extends Pick<TagRequest, 'key' | 'repository' | 'tag' | 'source'> {
  readonly from: Digest;
  readonly to: Digest;
}

/** Moves floating tags on purpose, also backwards: only from what was said, and all or none. */
export function repoint(
  ports: ReleasePorts,
  tags: readonly Repointed[],
  facts: ReleaseFacts = {},
): Promise<ReleaseReport> {
  return giveTags(ports, {
    set: digestOf(canonicalJson(tags)),
    policy: { version: null },
    facts,
    requests: tags.map(({ from, to, ...tag }) => ({ ...tag, kind: 'floating', target: to })),
    known: tags.map(({ from }) => ({ previous: from, ifForeign: 'refuse' })),
    stateIfRefused: 'no tag was written',
  });
}
