import { z } from 'zod';
import { Command, TestVariables } from './test.ts';

const fields = z.strictObject({
  name: z.string().min(1).optional().describe('What reports call the test'),
  host: Command.optional().describe('A command on the runner: a list of arguments, or a text for sh'),
  compose: z.string().min(1).optional().describe('A compose file of the repository that uses the images'),
  service: z.string().min(1).optional().describe('With compose: the service whose exit code decides'),
  'timeout-minutes': z.number().positive().max(360).default(10).describe('When the test counts as failed'),
  env: TestVariables.default({}).describe('Variables of the test; {version} is filled in'),
});

/** What all images of a set must pass together. */
export const SetTestConfig = fields
  .refine((test) => (test.host === undefined) !== (test.compose === undefined), {
    error: 'the test of a set has one of host or compose',
  })
  .refine((test) => (test.compose === undefined) === (test.service === undefined), {
    path: ['service'],
    error: 'compose and service belong together: the exit code of the service decides',
  })
  .describe('What all images must pass together before any is published; exit code 0 passes');
export type SetTestConfig = z.infer<typeof SetTestConfig>;

/** What is about the whole set. */
export const SetConfig = z
  .strictObject({ test: SetTestConfig.optional() })
  .describe('What is about all images together');
