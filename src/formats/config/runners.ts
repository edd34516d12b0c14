import { z } from 'zod';

const Label = z
  .string()
  .regex(/^[^\s,{}[\]"'`$]{1,256}$/, { error: 'a label has no spaces, commas, quotes or braces' });

/** The labels of a runner: one, or a list that a runner must have all of. */
const Labels = z.union([Label.transform((one) => [one]), z.array(Label).min(1).max(16)]);

/** The runners of the jobs, by platform. */
export const RunnersConfig = z
  .record(z.string(), Labels)
  .describe(
    'Labels of runners by platform; `default` is for the rest. Platforms with runners of their own are built there',
  );
export type RunnersConfig = z.infer<typeof RunnersConfig>;
