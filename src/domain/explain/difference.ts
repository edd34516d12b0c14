import { z } from 'zod';

/** One path of a layer that differs, and how, in words. */
export const ChangedPath = z.strictObject({ path: z.string(), change: z.string() });

/** A layer that differs. */
export const LayerDifference = z.strictObject({
  platform: z.string(),
  /** Its place, from 0: in the first image, or in the second where the first has none. */
  index: z.number().int(),
  /** What made it; null where the history does not say. */
  instruction: z.string().nullable(),
  /** The line of the Dockerfile; null where that is not certain. */
  line: z.number().int().nullable(),
  /** Its packed size in both images; null where one has no such layer. */
  size: z.strictObject({ a: z.number().int().nullable(), b: z.number().int().nullable() }),
  /** How many paths differ; null where the layers were not compared. */
  changed: z.number().int().nullable(),
  paths: z.array(ChangedPath),
});
export type LayerDifference = z.infer<typeof LayerDifference>;

/** A key of the config whose values differ; those of secrets are masked. */
export const ConfigDifference = z.strictObject({
  platform: z.string(),
  key: z.string(),
  a: z.unknown(),
  b: z.unknown(),
});
export type ConfigDifference = z.infer<typeof ConfigDifference>;

/** Why two images differ. */
export const ImageDifference = z.strictObject({
  same: z.boolean(),
  /** Those of every platform, the first that differs before the others. */
  layers: z.array(LayerDifference),
  config: z.array(ConfigDifference),
  /** Null where nothing proves one. */
  cause: z.string().nullable(),
});
export type ImageDifference = z.infer<typeof ImageDifference>;
