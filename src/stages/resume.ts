import { bytesKept, type ReleaseJournal } from '../domain/release-journal.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import type { RawManifest } from '../ports/content.ts';
import { giveTags, type TagWork } from './tagging/driver.ts';
import type { ReleaseFacts, ReleasePorts } from './tagging/facts.ts';
import { listsOf } from './tagging/overtaken.ts';

/** Ends a release that was broken off: what is done stays, and only what is missing is written. */
export function resume(ports: ReleasePorts, journal: ReleaseJournal, facts: ReleaseFacts): Promise<ReleaseReport> {
  const { set, version, tags } = journal;
  const placed = tags.flatMap(({ repository, previous, previousManifest }) => {
    if (previous === null || previousManifest === null) return [];
    const manifest: RawManifest = {
      mediaType: previousManifest.mediaType,
      digest: previous,
      bytes: bytesKept(previousManifest),
    };
    return [{ repository, manifest }];
  });
  const work: TagWork = {
    ...{ set, facts, placed, policy: { version } },
    requests: tags.map(({ key, repository, source, tag, kind, target }) => ({
      key,
      repository,
      source,
      tag,
      kind,
      target,
    })),
    lists: listsOf(journal),
    known: tags.map(({ previous }) => ({ previous, ifForeign: 'keep' })),
    stateIfRefused: 'nothing more was written than before',
  };
  return giveTags(ports, work);
}
