import { z } from 'zod';
import { defineAction, optionalText } from './definition.ts';
import { pipeline } from './pipeline.ts';
import { setup } from './setup.ts';
import { staticChecks } from './static-checks.ts';

const checks = staticChecks.inputs.shape;
const prepared = setup.inputs.shape;

/** The inputs of the parts that have other names here, by the names that they have there. */
export const renamedInputs = {
  checks: {
    run: 'checks',
    container: 'checks-container',
    'timeout-minutes': 'checks-minutes',
  },
  setup: {
    platforms: 'setup-platforms',
    builder: 'setup-builder',
    'driver-opts': 'setup-driver-opts',
    endpoint: 'setup-endpoint',
    'buildkit-config': 'setup-buildkit-config',
    login: 'setup-login',
    username: 'setup-username',
    password: 'setup-password',
  },
} as const;

/** The root of the repository as an action: everything in one step. */
export const oneStep = defineAction({
  name: 'one-step',
  title: 'Slipway',
  about: 'Check, build, scan, test, prove and release a whole set of container images in one step',
  inputs: z.strictObject({
    checks: optionalText('A script with quick checks, which runs before anything is built; by default none'),
    'checks-container': checks.container,
    'checks-minutes': checks['timeout-minutes'],
    'setup-platforms': prepared.platforms,
    'setup-builder': prepared.builder,
    'setup-driver-opts': prepared['driver-opts'],
    'setup-endpoint': prepared.endpoint,
    'setup-buildkit-config': prepared['buildkit-config'],
    'setup-login': prepared.login,
    'setup-username': prepared.username,
    'setup-password': prepared.password,
    ...pipeline.inputs.shape,
  }),
  outputs: pipeline.outputs,
  post: false,
  page: '',
});
