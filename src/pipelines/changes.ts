import { changedFiles } from '../clients/git-changes.ts';
import { wishOf } from '../clients/git-start.ts';
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
