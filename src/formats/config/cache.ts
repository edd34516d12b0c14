import { z } from 'zod';
import { defaultCacheTemplate } from '../../domain/cache-ref.ts';
import { dependencyPatterns } from '../../domain/dependency-files.ts';

/** Where layers are cached, and which runs may use that. */
export const CacheConfig = z
  .strictObject({
    ref: z
      .string()
      .default(defaultCacheTemplate)
      .describe('Where the caches lie in a registry; {registry}, {key} and {branch} are filled in'),
    type: z
      .enum(['registry', 'local', 'gha', 'none'])
      .default('registry')
      .describe('What holds the caches: a registry, a folder, the cache of GitHub Actions, or nothing'),
    folder: z.string().default('.slipway/cache').describe('The folder of a cache of type local'),
    policy: z
      .enum(['shared', 'isolated'])
      .default('shared')
      .describe('Whether pull requests read the cache of the default branch, or build without any'),
    'refresh-on': z
      .array(z.string())
      .default([...dependencyPatterns])
      .describe(
        'Files that say what is depended on, as patterns like in .dockerignore: when one changes, a cache is written',
      ),
    release: z.enum(['read', 'none']).default('read').describe('Whether the run of a version tag reads a cache'),
    from: z.array(z.string()).default([]).describe('More caches to read, as buildx takes them'),
  })
  .describe('Where layers are cached, and which runs read and write that');
export type CacheConfig = z.infer<typeof CacheConfig>;
