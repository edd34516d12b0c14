import type { Command } from '../command.ts';
import { releaseOptions, runRelease } from './release.ts';

/** The immutable tags of a set that is in the registry. */
export const command: Command = {
  name: 'push',
  about: 'Give a proven set its immutable tags, such as that of its version; floating ones stay.',
  options: releaseOptions,
  run: (context) => runRelease(context, { kind: 'set', tags: 'immutable', store: context.arguments.value('store') }),
};
