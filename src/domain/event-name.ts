import { ConfigError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** The events that Slipway understands; every other is refused before anything happens. */
export const eventNames = ['push', 'pull_request', 'merge_group', 'schedule', 'workflow_dispatch', 'release'] as const;

/** One of those. */
export type EventName = (typeof eventNames)[number];

/** Reads the name of an event; the ones that run foreign code with our rights are refused by name. */
export function parseEventName(name: string): EventName {
  const known = eventNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const dangerous = ['pull_request_target', 'workflow_run', 'issue_comment'].includes(name);
  const nearest = nearestName(name, eventNames);
  throw new ConfigError({
    code: 'event-refused',
    what: dangerous
      ? `the event ${name} runs with the rights of the repository on the word of a stranger`
      : `the event ${JSON.stringify(name.slice(0, 80))} is not one that Slipway knows`,
    where: 'the event of this run',
    state: 'nothing was built and nothing was released',
    next: `run on one of: ${eventNames.join(', ')}${nearest === undefined || dangerous ? '' : ` (did you mean ${nearest}?)`}`,
  });
}
