import { z } from 'zod';
import { defineAction, furtherSignIns, handoffInputs, optionalText, signInInputs, words } from './definition.ts';

export const releaseLatest = defineAction({
  name: 'release-latest',
  title: 'Slipway: release',
  about: 'Move the floating tags of a set: latest, a version line, a branch; never backwards, all or none',
  inputs: z.strictObject({
    ...handoffInputs,
    'set-test': optionalText('The output set-test of verify-digest, where the plan has a test of the whole set'),
    from: words(
      'Without a plan: the tag whose images get other tags, for all images of the configuration; with repoint, the digests that the tag names',
    ),
    to: words(
      'Without a plan: the tags they get; versions are made once, others move. With repoint, the digests that the tag is to name, in the order of from',
    ),
    repoint: optionalText(
      'Without a plan: a floating tag that is moved on purpose, also back, from exact digests to exact digests',
    ),
    config: optionalText('Without a plan: the configuration'),
    registry: optionalText('Without a plan: where the images are; by default what the configuration says'),
    ...signInInputs,
    ...furtherSignIns,
  }),
  outputs: {
    state: 'released, unchanged, rolled-back or partial',
    moved: 'How many tags were written',
  },
  post: false,
  page: 'When one tag of a set cannot be written, those that moved go back. What could not be put right is named, with what it should be.',
});
