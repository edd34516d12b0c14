import { z } from 'zod';

const common = {
  name: z.string(),
  timeoutMinutes: z.number(),
  /** Variables that the test sees beside the references of the images. */
  env: z.record(z.string(), z.string()),
};

/** What a set must pass as a whole: a command on the machine of the engine's client, or the services of a compose file. */
export const PlannedSetTest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('host'), ...common, command: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('compose'),
    ...common,
    file: z.string(),
    /** The one whose end decides. */
    service: z.string(),
  }),
]);
export type PlannedSetTest = z.infer<typeof PlannedSetTest>;
