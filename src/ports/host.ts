import type { EventFacts } from '../domain/event.ts';
import type { RunFacts } from '../domain/plan.ts';

/** What the runner says about the run that we are part of; never the raw event. */
export interface Host {
  readonly event: EventFacts;
  readonly run: RunFacts;
  /** Where the repository is found in a browser, if the runner says it. */
  readonly source?: string | undefined;
  readonly workspace: string;
  /** Where files go that nobody needs after the job. */
  readonly temp: string;
}
