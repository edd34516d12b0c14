import { z } from 'zod';
import { GateMode } from '../../domain/gate-mode.ts';
import {
  choice,
  defineAction,
  furtherSignIns,
  handoffInputs,
  lines,
  optionalText,
  secretPlaces,
  secretValues,
  signInInputs,
} from './definition.ts';

export const verifyDigest = defineAction({
  name: 'verify-digest',
  title: 'Slipway: digest gate',
  about: 'Prove that what is about to be published is byte for byte what was tested',
  inputs: z.strictObject({
    ...handoffInputs,
    mode: choice(
      'What is compared with what was tested; by default what the plan says, else promote',
      GateMode.options,
    ),
    subject: optionalText('Without a plan: the reference of an image, or the path of its store or archive'),
    expected: optionalText(
      'Without a plan: the digest that it must have; with the mode layers, the hash of its layers',
    ),
    stores: optionalText('With the mode archive: a folder of stores; by default the artifacts slipway-store-KEY'),
    builder: optionalText('With the modes rebuild and layers: the builder; by default one is made and removed'),
    'buildkit-image': optionalText('What such a builder is made of'),
    'buildkit-config': optionalText('The configuration of BuildKit in it'),
    'driver-opts': lines('Options of its driver, one on each line; by default network=host'),
    secrets: secretValues('With those modes: values of the secrets that the images ask for, as ID=value on each line'),
    'secret-envs': secretPlaces('The same by variables of the environment: ID=VARIABLE on each line', 'ID=VARIABLE'),
    'secret-files': secretPlaces('The same by files: ID=path on each line', 'ID=path'),
    ...signInInputs,
    ...furtherSignIns,
  }),
  outputs: {
    verdict: 'match, mismatch or unverifiable; the last two fail the step',
    verdicts: 'The verdict of each image, as JSON',
    'set-test': 'The digest of the result of the test of the whole set, where the plan has one',
  },
  post: true,
  page: [
    'Every image of the plan must be there, whole, with the record of tests that passed. One that is not stops the whole set.',
    '',
    'What is compared, each `mode` says in its own way ([the gate](../../docs/gate.md)). A mismatch is explained: the layer, its instruction with the line of the Dockerfile, the paths, and the cause where something proves it.',
  ].join('\n'),
});
