import { z } from 'zod';
import { keyOf } from '../discovery/keys.ts';
import { readYaml, yamlValue } from '../yaml-text.ts';

/** What a compose file lets us guess of a service, so that somebody has less to write. */
export interface ServiceHint {
  /** It is never started. */
  readonly isForBuildOnly: boolean;
  /** The command that is known to run on until it is stopped. */
  readonly staysUpWith: readonly string[] | undefined;
  readonly hasHealthcheck: boolean;
}

const Service = z.object({
  deploy: z.object({ replicas: z.number() }).partial().nullish(),
  command: z.union([z.string(), z.array(z.string())]).nullish(),
  healthcheck: z.unknown().optional(),
});
const Compose = z.object({ services: z.record(z.string(), z.unknown()) });

/** The hints in compose files, by the key of the image; what cannot be read gives none. */
export function composeHints(texts: readonly string[]): ReadonlyMap<string, ServiceHint> {
  const hints = new Map<string, ServiceHint>();
  for (const [name, value] of texts.flatMap(servicesIn)) {
    const service = Service.safeParse(value);
    if (service.success) hints.set(keyOf(name, 'a compose file'), hintOf(service.data));
  }
  return hints;
}

/** Commands that go on until somebody stops them, alone or given to a shell: `/bin/sh -c "sleep infinity"`. */
const waiting = /^(?:(?:\/bin\/)?(?:ba)?sh -c )?["']?(sleep infinity|tail -f \/dev\/null)["']?$/;

function hintOf({ deploy, command, healthcheck }: z.infer<typeof Service>): ServiceHint {
  const words = typeof command === 'string' ? command : (command ?? []).join(' ');
  return {
    isForBuildOnly: deploy?.replicas === 0,
    staysUpWith: waiting.exec(words.trim())?.[1]?.split(' '),
    hasHealthcheck: healthcheck !== undefined && healthcheck !== null,
  };
}

function servicesIn(text: string): readonly (readonly [string, unknown])[] {
  try {
    const read = Compose.safeParse(yamlValue(readYaml(text, 'a compose file', { merge: true })));
    return read.success ? Object.entries(read.data.services) : [];
  } catch {
    // Whether it can be read, bake says, and that before.
    return [];
  }
}
