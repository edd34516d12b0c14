import { z } from 'zod';
import { buildTest } from './build-test.ts';
import { defineAction, furtherSignIns, signInInputs } from './definition.ts';
import { matrixGenerate } from './matrix-generate.ts';
import { verifyDigest } from './verify-digest.ts';

const planned = matrixGenerate.inputs.shape;
const built = buildTest.inputs.shape;

export const pipeline = defineAction({
  name: 'pipeline',
  title: 'Slipway: pipeline',
  about: 'Plan, build, scan, test, prove and release a whole set of images in one job',
  inputs: z.strictObject({
    config: planned.config,
    registry: planned.registry,
    images: planned.images,
    since: planned.since,
    tags: planned.tags,
    'rebuild-base': planned['rebuild-base'],
    gate: verifyDigest.inputs.shape.mode,
    'gate-builder': verifyDigest.inputs.shape.builder.describe(
      'With the gates rebuild and layers: the builder for the second build; by default one is made and removed',
    ),
    builder: built.builder,
    'buildkit-image': built['buildkit-image'],
    'buildkit-config': built['buildkit-config'],
    'driver-opts': built['driver-opts'],
    'keep-store-max': built['keep-store-max'],
    secrets: built.secrets,
    'secret-envs': built['secret-envs'],
    'secret-files': built['secret-files'],
    ...signInInputs,
    ...furtherSignIns,
  }),
  outputs: {
    state:
      'released, unchanged, rolled-back or partial; tested where all passed and the run may publish nothing; refused where it came no further',
    digests:
      'The digest of each image of a set that the gate let through, as JSON by key; empty where nothing was to be published',
    report: 'The digest of the report, which is the artifact slipway-report; empty where there is none',
  },
  post: true,
  page: [
    'One runner does all of it: the images level by level, each as soon as its bases have passed, then the gate, then the tags, all of them or none. It is the work of the single actions, in the same code; between jobs documents would travel as artifacts, here they stay in the job. They are uploaded all the same, for people: `slipway-plan`, `slipway-record-…`, `test-logs-KEY` (also of tests that failed), `slipway-store-KEY` of an image that was built and did not pass, and `slipway-report`.',
    '',
    'Platforms that have `runners` of their own in the configuration are built here by emulation. The post step removes containers, names of images and the builder of a run that was stopped.',
  ].join('\n'),
});
