import type { RunOutcome } from '../domain/outcome.ts';

/** The documents of a run as one, for programs: an image that failed says the parts of its error and not its stack. */
export function runDocuments({ plan, images, setTest, verdict, release, durationMs }: RunOutcome): object {
  return {
    plan,
    images: images.map((image) => {
      if (image.kind !== 'failed') return image;
      const { code, what, where, state, next } = image.error;
      return { ...image, error: { code, what, where, state, next } };
    }),
    setTest: setTest ?? null,
    verdict: verdict ?? null,
    release: release ?? null,
    durationMs,
  };
}
