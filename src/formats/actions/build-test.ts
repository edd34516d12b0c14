import { z } from 'zod';
import { buildKitImage } from '../../domain/buildkit-image.ts';
import { slotCount } from '../../domain/rows.ts';
import {
  defineAction,
  handoffInputs,
  lines,
  optionalText,
  secretPlaces,
  secretValues,
  signInInputs,
  size,
  words,
} from './definition.ts';

const slots = Array.from({ length: slotCount }, (_, index) => index + 1);

export const buildTest = defineAction({
  name: 'build-test',
  title: 'Slipway: build and test',
  about: 'Build images into a store, test exactly those bytes, and upload what passed, by digest and without a tag',
  inputs: z.strictObject({
    ...handoffInputs,
    row: optionalText('The row of the plan to build: what matrix.row says'),
    image: words('Instead of a row: the images of one, as matrix.images says'),
    name: optionalText('Without a plan: the name of the image'),
    context: optionalText('Without a plan: the build context; by default the workspace'),
    dockerfile: optionalText('Without a plan: the Dockerfile, relative to the context'),
    'bake-target': optionalText(
      'Without a plan, instead of name, context and dockerfile: a target of a bake file, which is built with those that it is built on',
    ),
    'bake-file': words('The bake or compose files that it is in; by default those that buildx takes'),
    test: optionalText('Without a plan: a command for the shell of the image, which must succeed'),
    registry: optionalText('Without a plan: where to upload what passed; without it nothing is uploaded'),
    builder: optionalText(
      'The builder of buildx to use; by default the current one, or where that cannot write to disk, one that is made and removed',
    ),
    'buildkit-image': optionalText(`The image of BuildKit that such a builder is made of; by default ${buildKitImage}`),
    'buildkit-config': optionalText('The path of a configuration of BuildKit for it'),
    'driver-opts': lines('Options of its driver, one on each line; by default network=host'),
    'keep-store-max': size(
      'An image that was built and then failed is kept as the artifact slipway-store-KEY, so that the same bytes can be tested again; a larger one is not, and with 0 none is',
      '2 GiB',
    ),
    secrets: secretValues(
      'Values of the secrets that the images ask for, as ID=value on each line; in quotation marks one may have several lines',
    ),
    'secret-envs': secretPlaces('The same by variables of the environment: ID=VARIABLE on each line', 'ID=VARIABLE'),
    'secret-files': secretPlaces('The same by files: ID=path on each line', 'ID=path'),
    ssh: lines('Without a plan: SSH agents or keys that the build may mount, such as default, one on each line'),
    ...signInInputs,
  }),
  outputs: {
    digest: 'The digest of the image, or of the part of it that this job built; with several images, of the last one',
    fingerprint: 'Its fingerprint on the first platform',
    layers: 'The hash of its layers on the first platform',
    record: 'The digest of its record',
    'image-ref': 'Its reference by digest',
    'cache-hit-ratio': 'Which part of the steps of its build came from a cache, of all images together: 0.00 to 1.00',
    'test-result': 'passed, failed or untested',
    'scan-result': 'passed, failed, unavailable or not-scanned; of several images the worst',
    ...Object.fromEntries(slots.map((slot) => [`result-${slot}`, `What row ${slot} of a level hands on`])),
  },
  post: true,
  page: 'Only bytes that passed their tests are uploaded. The post step removes what a job that was killed left behind.',
});
