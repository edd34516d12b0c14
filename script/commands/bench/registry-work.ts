import { z } from 'zod';
import { parseDigest } from '../../../src/domain/digest.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';

const digest = z.string().transform((text) => parseDigest(text, 'work'));
const repository = z.string().transform((text) => parseRepository(text, 'work'));
const tag = z.string().transform((text) => parseTag(text, 'work'));

const push = z.object({ layout: z.string(), repository, digest, tag: tag.optional(), previous: digest.optional() });

/** What our program is to do; a file, so that it is started like any other tool. */
export const Work = z.discriminatedUnion('kind', [
  /** Gives two tags to every manifest, as a release does it or all of them side by side. */
  z.object({
    kind: z.literal('tags'),
    way: z.enum(['release', 'side by side']),
    images: z.array(z.object({ repository, digest })),
    tags: z.tuple([tag, tag]),
  }),
  z.object({ kind: z.literal('pushes'), atOnce: z.number(), pushes: z.array(push) }),
]);
export type Work = z.infer<typeof Work>;

/** What became of one push. */
const Pushed = z.object({ blobs: z.number(), present: z.number(), failure: z.string().optional() });
export type Pushed = z.infer<typeof Pushed>;

/** What our program prints at its end. */
export const Report = z.object({ peakKiB: z.number(), pushes: z.array(Pushed) });
export type Report = z.infer<typeof Report>;
