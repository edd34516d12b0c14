import { z } from 'zod';
import { defineAction, furtherSignIns, handoffInputs, optionalText, signInInputs, words } from './definition.ts';

export const push = defineAction({
  name: 'push',
  title: 'Slipway: push',
  about: 'Give a proven set its immutable tags, all or none',
  inputs: z.strictObject({
    ...handoffInputs,
    'set-test': optionalText('The output set-test of verify-digest, where the plan has a test of the whole set'),
    subject: optionalText('Without a plan: an image by digest, REPOSITORY@sha256:…, with its record beside it'),
    tags: words('Without a plan: the tags it gets; one that exists must name this very digest'),
    ...signInInputs,
    ...furtherSignIns,
  }),
  outputs: {
    state: 'released, unchanged, rolled-back or partial',
    pushed: 'How many tags were written',
    digests: 'The digest of each image, as JSON by key',
  },
  post: false,
  page: 'The gate is asked again before the first tag. A tag is the very same bytes of the manifest that were tested.',
});
