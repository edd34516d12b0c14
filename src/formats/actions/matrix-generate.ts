import { z } from 'zod';
import { levelCount, slotCount } from '../../domain/rows.ts';
import { count, defineAction, flag, optionalText, secretValues, signInInputs, words } from './definition.ts';

const levels = Array.from({ length: levelCount }, (_, index) => index + 1);

export const matrixGenerate = defineAction({
  name: 'matrix-generate',
  title: 'Slipway: plan',
  about: 'Decide what is built, why and in which order, and which tags it will get, before anything is built',
  inputs: z.strictObject({
    config: optionalText('The configuration; by default slipway.yml or .github/slipway.yml'),
    registry: optionalText('Where images are published: a host with a path; by default what the configuration says'),
    images: words('Only these images and what they are built on'),
    since: optionalText(
      'A commit, branch or tag: only images of which a file changed since then, and what is built on them',
    ),
    tags: optionalText(
      'Tags that another tool chose, as the output tags or json of docker/metadata-action; they stand in for ours',
    ),
    'max-jobs': count('The most jobs of one level; with 1, all images share a single job', slotCount),
    'rebuild-base': flag('On workflow_dispatch: build everything anew'),
    ...signInInputs,
    preflight: flag(
      'Look before anything is built whether the jobs after this one can do their work: the right to publish, an engine and a builder on such a runner, the secrets of builds',
    ),
    builder: optionalText('With preflight: the builder of buildx that the jobs are told to use'),
    secrets: secretValues('With preflight: the secrets that the jobs are given, as ID=value; their ids alone count'),
  }),
  outputs: {
    plan: 'The digest of the plan; the plan itself is the artifact slipway-plan',
    matrix: 'The matrix of all rows, for a workflow without levels',
    ...Object.fromEntries(
      levels.map((level) => [`matrix-${level}`, `The matrix of level ${level}; empty when there is none`]),
    ),
    count: 'How many images are built',
    publish: 'true when this run may publish anything',
    version: 'The version of the project; empty when it has none',
    'python-versions-json': 'The versions of Python that the images are for, as a JSON list',
    'rebuild-flag': 'true when everything is built anew',
  },
  post: false,
  page: 'A matrix has one row for each image, with `row`, `images`, `minutes` (when the job is to be stopped) and `runner` (the labels of its runner as JSON, or nothing). An image whose platforms have `runners` of their own has a row for each of these. More than 64 rows of a level are packed into 64. Where a run may not upload, an image and everything built on it share a row.',
});
