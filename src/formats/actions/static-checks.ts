import { z } from 'zod';
import { defineAction, minutes, optionalText, requiredText } from './definition.ts';

export const staticChecks = defineAction({
  name: 'static-checks',
  title: 'Slipway: static checks',
  about: 'Run quick checks before anything is built, here or in a container',
  inputs: z.strictObject({
    run: requiredText('The script; it stops at the first command that fails'),
    container: optionalText('An image to run the script in; the workspace is there, and nothing of the runner'),
    'timeout-minutes': minutes('When the checks count as failed', 5),
  }),
  outputs: {},
  post: false,
  page: 'The script runs with `bash -eo pipefail`, in a container with `sh -e`. It gets no token and none of the files by which a step talks to the runner.',
});
