import { z } from 'zod';
import { defineAction, handoffInputs, optionalText, signInInputs } from './definition.ts';

export const verifyDigest = defineAction({
  name: 'verify-digest',
  title: 'Slipway: digest gate',
  about: 'Prove that what is about to be published is byte for byte what was tested',
  inputs: z.strictObject({
    ...handoffInputs,
    subject: optionalText('Without a plan: the reference of an image'),
    expected: optionalText('Without a plan: the digest that it must have'),
    ...signInInputs,
  }),
  outputs: {
    verdict: 'match, mismatch or unverifiable; the last two fail the step',
    verdicts: 'The verdict of each image, as JSON',
  },
  post: false,
  page: 'Every image of the plan must be there, whole, with the record of tests that passed. One that is not stops the whole set.',
});
