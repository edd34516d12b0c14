import { z } from 'zod';
import { KeyField } from '../domain/schemas.ts';

/** One command that an image must pass before it is published. */
export const TestConfig = z
  .strictObject({
    name: z.string().min(1).optional().describe('What reports call the test; by default its command'),
    run: z
      .union([z.array(z.string()).min(1), z.string().min(1)])
      .describe('The command in the container: a list of arguments, or a text for the shell of the image'),
    'timeout-minutes': z.number().positive().max(360).default(10).describe('When the test counts as failed'),
  })
  .describe('A command that is run in a container of the image; exit code 0 passes');
export type TestConfig = z.infer<typeof TestConfig>;

/** One image of the set. */
export const ImageConfig = z
  .strictObject({
    context: z.string().optional().describe('The build context, relative to the repository; by default the key'),
    dockerfile: z.string().optional().describe('The Dockerfile, relative to the context; by default Dockerfile'),
    target: z.string().optional().describe('The stage to build; by default the last one'),
    repository: z.string().optional().describe('The repository below the registry prefix; by default the key'),
    platforms: z.array(z.string()).min(1).default(['linux/amd64']).describe('The platforms to build for'),
    'build-args': z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('Build arguments; {registry}, {version}, {tag} and {key} are filled in'),
    tests: z.array(TestConfig).default([]).describe('What the image must pass before it is published'),
  })
  .describe('One image');
export type ImageConfig = z.infer<typeof ImageConfig>;

/** The whole of `slipway.yml`. */
export const SlipwayConfig = z
  .strictObject({
    registry: z.string().optional().describe('Where images are published: a registry host with a path'),
    'version-file': z.string().default('VERSION').describe('The file that holds the version; it need not exist'),
    'default-branch': z.string().optional().describe('By default what git or the event says, else main'),
    images: z.record(KeyField, ImageConfig).describe('The images of the set, by key'),
    'allow-untested': z.array(KeyField).default([]).describe('Images that may be published without any test'),
  })
  .describe('What Slipway builds, tests and publishes');
export type SlipwayConfig = z.infer<typeof SlipwayConfig>;
