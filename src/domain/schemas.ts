import { z } from 'zod';
import { type Digest, isDigest } from './digest.ts';
import { isRepository, isTag, type Repository, type Tag } from './image-ref.ts';
import { type Platform, parsePlatform } from './platform.ts';

/** A digest in one of our documents. */
export const DigestField = z.custom<Digest>(isDigest, { error: 'not a digest' });

/** A tag in one of our documents. */
export const TagField = z.custom<Tag>(isTag, { error: 'not a tag' });

/** A repository in one of our documents. */
export const RepositoryField = z.custom<Repository>(isRepository, { error: 'not a repository' });

/** A platform in one of our documents. */
export const PlatformField = z.custom<Platform>(
  (value) => typeof value === 'string' && value.split('/').length > 1 && parsePlatform(value) === value,
  { error: 'not a platform' },
);

/** The longest key: row ids of the hand-off are made of it. */
export const maxKeyLength = 48;

/** The key of an image: it names files, artifacts and outputs, and so is plain. */
export const KeyField = z
  .string()
  .max(maxKeyLength)
  .regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/, {
    error: 'use lower case letters and digits, and between them ".", "_" or "-"',
  });
