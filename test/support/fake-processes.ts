import type { Processes } from '../../src/ports/processes.ts';

/** Processes of which nothing is known but what a test says: by name, whether they run. */
export function fakeProcesses(self = 'this', alive: Readonly<Record<string, boolean>> = {}): Processes {
  return { self: async () => self, isAlive: async (identity) => alive[identity] };
}
