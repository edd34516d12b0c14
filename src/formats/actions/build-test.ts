import { z } from 'zod';
import { slotCount } from '../../domain/rows.ts';
import { defineAction, handoffInputs, optionalText, signInInputs, words } from './definition.ts';

const slots = Array.from({ length: slotCount }, (_, index) => index + 1);

export const buildTest = defineAction({
  name: 'build-test',
  title: 'Slipway: build and test',
  about: 'Build images into a store, test exactly those bytes, and upload what passed, by digest and without a tag',
  inputs: z.strictObject({
    ...handoffInputs,
    image: words('The images of the plan to build: what matrix.images says'),
    name: optionalText('Without a plan: the name of the image'),
    context: optionalText('Without a plan: the build context; by default the workspace'),
    dockerfile: optionalText('Without a plan: the Dockerfile, relative to the context'),
    test: optionalText('Without a plan: a command for the shell of the image, which must succeed'),
    registry: optionalText('Without a plan: where to upload what passed; without it nothing is uploaded'),
    builder: optionalText('The builder of buildx to use; by default the current one'),
    ...signInInputs,
  }),
  outputs: {
    digest: 'The digest of the image; with several images, of the last one',
    fingerprint: 'Its fingerprint on the first platform',
    layers: 'The hash of its layers on the first platform',
    record: 'The digest of its record',
    'image-ref': 'Its reference by digest',
    'test-result': 'passed, failed or untested',
    ...Object.fromEntries(slots.map((slot) => [`result-${slot}`, `What row ${slot} of a level hands on`])),
  },
  post: true,
  page: 'Only bytes that passed their tests are uploaded. The post step removes what a job that was killed left behind.',
});
