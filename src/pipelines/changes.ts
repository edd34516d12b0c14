import { changedFiles, type GitChanges } from '../clients/git-changes.ts';
import { dependencyWishOf, wishOf } from '../clients/git-start.ts';
import type { EventFacts } from '../domain/event.ts';
import type { Ports } from '../ports/ports.ts';
import type { ChangeSource } from '../stages/planning/change-reading.ts';

/** What git can tell of a checkout: what changed since a revision that somebody named, or by the event of the run. */
export function changesIn(
  { exec }: Pick<Ports, 'exec'>,
  checkout: { readonly folder: string; readonly event: EventFacts },
  since: string | undefined,
): ChangeSource {
  return {
    isAsked: since !== undefined,
    read: () => changedFiles(exec, checkout.folder, wishOf(checkout.event, since)),
  };
}

/** What git can tell of the files that changed since the caches of a project were written. */
export function dependenciesIn(
  { exec }: Pick<Ports, 'exec'>,
  { folder, event }: { readonly folder: string; readonly event: EventFacts },
): () => Promise<GitChanges> {
  return () => changedFiles(exec, folder, dependencyWishOf(event));
}

/** The text of tags that another tool chose, with where it is from; none where nobody chose any. */
export function givenTagsIn(
  text: string | undefined,
  where: string,
): { readonly text: string; readonly where: string } | undefined {
  return text === undefined || text.trim() === '' ? undefined : { text, where };
}
