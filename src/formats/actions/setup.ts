import { z } from 'zod';
import { defineAction, lines, optionalText } from './definition.ts';

export const setup = defineAction({
  name: 'setup',
  title: 'Slipway: set up',
  about: 'Prepare a runner with emulators, a builder and a sign-in, each of them only where it is asked for',
  inputs: z.strictObject({
    platforms: optionalText(
      'Processors to emulate, with commas between them, such as arm64,riscv64; by default none, and nothing is installed',
    ),
    builder: optionalText(
      'A builder to make, by its driver: docker-container, kubernetes or remote; by default none is made',
    ),
    'driver-opts': lines('Options of its driver, one on each line'),
    endpoint: optionalText('Where a remote builder is, such as tcp://buildkit:1234'),
    'buildkit-config': optionalText('The path of a configuration of BuildKit for it'),
    login: optionalText('A registry to sign in to, such as ghcr.io or docker.io; by default none'),
    username: optionalText('The user to sign in as; for ghcr.io by default the one that started the run'),
    password: optionalText(
      'The password or token of that user; for ghcr.io by default the token of the job, which no other registry gets',
    ),
  }),
  outputs: {
    builder: 'The name of the builder that was made; empty where none was',
    platforms: 'The platforms that can be run now, with commas between them; empty where no emulators were installed',
  },
  post: false,
  page: 'It does what [docker/setup-qemu-action](https://github.com/docker/setup-qemu-action), [docker/setup-buildx-action](https://github.com/docker/setup-buildx-action) and [docker/login-action](https://github.com/docker/login-action) do, by them, at exact commits. A job with a builder that works needs none of it: Slipway makes a builder by itself where the current one cannot write a build to disk.',
});
