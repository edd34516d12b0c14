import { z } from 'zod';
import { KeyField } from '../domain/schemas.ts';
import { buildOptionFields } from './config/build-options.ts';
import { CacheConfig } from './config/cache.ts';
import { ChecksConfig } from './config/checks.ts';
import { ExpectConfig } from './config/expect.ts';
import { GateConfig } from './config/gate.ts';
import { RunnersConfig } from './config/runners.ts';
import { ScanConfig } from './config/scan.ts';
import { SetConfig } from './config/set-test.ts';
import { StageConfig } from './config/stage.ts';
import { LogName, TestConfig } from './config/test.ts';
import { WaiverConfig } from './config/waive.ts';

const Scalar = z.union([z.string(), z.number(), z.boolean()]);

const imageFields = {
  context: z.string().optional().describe('The build context, relative to the repository; by default the key'),
  dockerfile: z.string().optional().describe('The Dockerfile, relative to the context; by default Dockerfile'),
  target: z.string().optional().describe('The stage to build; by default the last one'),
  repository: z.string().optional().describe('The repository below the registry prefix; by default the key'),
  platforms: z.array(z.string()).min(1).default(['linux/amd64']).describe('The platforms to build for'),
  'build-args': z
    .record(z.string(), Scalar)
    .default({})
    .describe('Build arguments; {registry}, {version}, {tag}, {key} and the values of a matrix are filled in'),
  contexts: z
    .record(z.string(), z.string())
    .default({})
    .describe('Named contexts: a folder of the repository, or image:KEY for another image of the set'),
  paths: z
    .array(z.string())
    .default([])
    .describe('Files outside of the context that belong to the inputs of the image, as patterns like in .dockerignore'),
  ...buildOptionFields,
  tests: z.array(TestConfig).default([]).describe('What the image must pass before it is published'),
  expect: ExpectConfig.optional(),
  scan: z.literal(false).optional().describe('With false, the image is not scanned'),
  'log-name': LogName.default('test-{key}.log').describe(
    'The file that the output of the tests goes to; {key} and the values of a matrix are filled in',
  ),
  tags: z
    .array(z.string())
    .default([])
    .describe('More tags, which follow the default branch; {key} and the values of a matrix are filled in'),
  'cache-from': z.array(z.string()).default([]).describe('More caches to read, as buildx takes them'),
  'job-minutes': z.number().int().positive().max(360).default(60).describe('When the job of this image is stopped'),
};

/** One image of the set. */
export const ImageConfig = z.strictObject(imageFields).describe('One image');
export type ImageConfig = z.infer<typeof ImageConfig>;

/** Where the values of one name of a matrix come from. */
export const MatrixValues = z.union([
  z.array(Scalar).min(1),
  z.strictObject({ file: z.string().describe('A file of the repository with one value on each line') }),
]);
export type MatrixValues = z.infer<typeof MatrixValues>;

/** Images that differ in the values of a matrix. */
export const FamilyConfig = z
  .strictObject({
    ...imageFields,
    key: z.string().min(1).describe('The key of each image, such as {runtime}-py{python}'),
    matrix: z
      .record(z.string().regex(/^[a-z][a-z0-9_]*$/), MatrixValues)
      .describe('Names with their values; there is an image for each combination'),
    exclude: z.array(z.record(z.string(), Scalar)).default([]).describe('Combinations that there is no image for'),
    include: z.array(z.record(z.string(), Scalar)).default([]).describe('Combinations beside those of the matrix'),
  })
  .describe('A family of images; {placeholders} in its texts are filled with the values of the matrix');
export type FamilyConfig = z.infer<typeof FamilyConfig>;

/** A project's own generator of Dockerfiles. */
export const GenerateConfig = z
  .strictObject({
    run: z
      .union([z.array(z.string()).min(1), z.string().min(1)])
      .describe('The command, run once in the repository: a list of arguments, or a text for sh'),
    outputs: z.array(z.string()).min(1).describe('Where the Dockerfiles are then, as patterns like in .dockerignore'),
    'timeout-minutes': z.number().positive().max(60).default(5).describe('When it counts as failed'),
  })
  .describe('A command that makes Dockerfiles; their texts travel in the plan');
export type GenerateConfig = z.infer<typeof GenerateConfig>;

/** What a configuration of this version calls itself. */
export const configSchema = 'slipway.config/1';

/** The whole of `slipway.yml`. */
export const SlipwayConfig = z
  .strictObject({
    registry: z.string().optional().describe('Where images are published: a registry host with a path'),
    registries: z
      .array(z.string().min(1))
      .default([])
      .describe('Further registries that the same set is published to, each a host with a path'),
    'version-file': z.string().default('VERSION').describe('The file that holds the version; it need not exist'),
    'version-scheme': z
      .enum(['auto', 'semver', 'pep440'])
      .default('auto')
      .describe('How the version is read; auto tries semantic versions first'),
    latest: z
      .union([z.literal(false), z.strictObject({ prereleases: z.boolean().default(false) })])
      .default({ prereleases: false })
      .describe('Whether a release moves latest, and whether a prerelease does'),
    'latest-unknown': z
      .enum(['refuse', 'move'])
      .default('refuse')
      .describe('What becomes of latest and of version lines that name an image whose version nobody can tell'),
    'prerelease-tag': z
      .string()
      .optional()
      .describe('A tag that follows prereleases, such as next or rc; without it they move no tag'),
    rebuilds: z
      .enum(['tag', 'overwrite'])
      .default('tag')
      .describe('What weekly and manual runs write: a tag of their own, or the version tag itself'),
    refresh: z
      .enum(['all', 'stale'])
      .default('all')
      .describe('What weekly and manual rebuilds build anew: everything, or what is built on a base that moved'),
    cache: CacheConfig.default(() => CacheConfig.parse({})),
    runners: RunnersConfig.default({}),
    scan: ScanConfig.optional(),
    gate: GateConfig.optional(),
    stage: StageConfig.optional(),
    set: SetConfig.default({}),
    waive: z.array(WaiverConfig).default([]).describe('Red tests and findings that stop nothing until a day'),
    'manual-refs': z
      .array(z.string())
      .optional()
      .describe('Refs on which a run by hand may publish, as patterns such as refs/heads/release/*'),
    'stage-pull-requests': z
      .boolean()
      .default(false)
      .describe('Whether pull requests from the same repository may upload their images by digest'),
    'default-branch': z.string().optional().describe('By default what git or the event says, else main'),
    images: z
      .record(KeyField, ImageConfig)
      .optional()
      .describe('The images of the set, by key; without any image or family they are discovered'),
    families: z.record(KeyField, FamilyConfig).default({}).describe('Images that differ in the values of a matrix'),
    checks: z
      .record(KeyField, ChecksConfig)
      .default({})
      .describe('Tests and expectations of images that are described elsewhere or were found, by key'),
    generate: GenerateConfig.optional().describe('A command that makes Dockerfiles before anything is planned'),
    schema: z
      .literal(configSchema)
      .optional()
      .describe('For which version this file is written; another version refuses it in one sentence'),
    'allow-untested': z.array(KeyField).default([]).describe('Images that may be published without any test'),
  })
  .describe('What Slipway builds, tests and publishes');
export type SlipwayConfig = z.infer<typeof SlipwayConfig>;

/** A configuration whose images are all written out, wherever they came from. */
export type ProjectConfig = Omit<SlipwayConfig, 'images' | 'families'> & {
  readonly images: Readonly<Record<string, ImageConfig>>;
  /** The registry prefix that the files of the repository speak of, wherever this run publishes to. */
  readonly home?: string | undefined;
  /** The values of a matrix that images stand for, by key. */
  readonly matrix: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Texts that stand in for Dockerfiles, by key. */
  readonly texts: Readonly<Record<string, string>>;
  /** The versions of Python that the images are for, where there are any. */
  readonly pythonVersions: readonly string[];
  /** Nobody wrote these images down: they were found. */
  readonly isDiscovered: boolean;
  /** Files that say what there is, beside the configuration itself. */
  readonly sources: readonly string[];
  /** How all this was found, for people. */
  readonly notes: readonly string[];
};
