import { type Arguments, type OptionSpec, usageError } from '../adapters/arguments.ts';
import type { StepOptions } from '../pipelines/one-step.ts';
import { builderOptions, deskOptions, deskWords, readBuilderOptions, readDeskOptions } from './command.ts';

/** The options of a command that works with images that were built before. */
export const heldOptions = {
  ...deskOptions,
  image: { kind: 'values', value: 'KEY', about: 'this image; may be given again, and by default all of them' },
  platform: { kind: 'values', value: 'PLATFORM', about: 'only this platform of what was built; may be given again' },
  'from-run': {
    kind: 'value',
    value: 'ID',
    about: 'the bytes that this run built: the number of a run on GitHub, or the id of a run at this desk',
  },
  store: {
    kind: 'value',
    value: 'PATH',
    about: 'the bytes in this folder: an artifact slipway-store-KEY, or any store or archive with one image',
  },
  ...builderOptions,
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The values of those options. Whose bytes are named, must say of which image. */
export function readHeldOptions(given: Arguments): StepOptions {
  const options = readDeskOptions(given);
  const [fromRun, store] = [given.value('from-run'), given.value('store')];
  if (fromRun !== undefined && store !== undefined) {
    throw usageError('--from-run and --store both say where the bytes are', 'give one of them');
  }
  if (fromRun !== undefined && options.images === undefined) {
    throw usageError('--from-run does not say which image is meant', 'name it: --image KEY');
  }
  if (store !== undefined && options.images?.length !== 1) {
    throw usageError('--store holds one image, and nothing says which', 'name it: --image KEY');
  }
  return { ...options, builder: readBuilderOptions(given), platforms: given.values('platform'), fromRun, store };
}

/** What was given that a command which does it again needs as well. */
export function heldWords(given: Arguments): readonly string[] {
  const names = ['store', 'from-run'];
  return [
    ...deskWords(given),
    ...names.flatMap((name) => {
      const value = given.value(name);
      return value === undefined ? [] : [`--${name}`, value];
    }),
  ];
}
