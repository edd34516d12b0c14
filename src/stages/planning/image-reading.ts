import { ConfigError, placeText } from '../../domain/errors.ts';
import type { Files } from '../../ports/files.ts';
import { inParallel } from '../../store/parallel.ts';
import { type ImageInputs, type ImageReading, readImageInputs } from './image-inputs.ts';

const readsAtOnce = 32;
const mostNotes = 20;
/** What makes no image of a folder that nobody asked for: its base is an argument that only its builder knows. */
const noImage = 'dockerfile-no-base';

/** The images of a set by themselves, and what was found and is none. */
export interface ReadImages {
  readonly images: readonly ImageInputs[];
  readonly notes: readonly string[];
}

/** Reads every image of the configuration with its Dockerfile. One that was only found, and has no base, is left out. */
export async function readImages(files: Files, inputs: ImageReading): Promise<ReadImages> {
  const read: (ImageInputs | ConfigError)[] = [];
  // Some at once and not all: what waits for its turn would fill the memory.
  await inParallel([...Object.entries(inputs.config.images).entries()], readsAtOnce, async ([place, entry]) => {
    read[place] = await readOne(files, inputs, entry);
  });
  const images = read.flatMap((one) => (one instanceof ConfigError ? [] : [one]));
  const without = read.flatMap((one) => (one instanceof ConfigError ? [one] : []));
  const [first] = without;
  if (images.length === 0 && first !== undefined) throw first;
  const shown = without
    .slice(0, mostNotes)
    .map(
      ({ what, where }) =>
        `${placeText(where ?? inputs.configFile)} was not taken: ${what}; slipway.yml can give it one`,
    );
  const more = without.length - mostNotes;
  return { images, notes: more > 0 ? [...shown, `${more} more were not taken for the same reason`] : shown };
}

async function readOne(
  files: Files,
  inputs: ImageReading,
  entry: Parameters<typeof readImageInputs>[2],
): Promise<ImageInputs | ConfigError> {
  try {
    return await readImageInputs(files, inputs, entry);
  } catch (error) {
    if (inputs.config.isDiscovered && error instanceof ConfigError && error.code === noImage) return error;
    throw error;
  }
}
