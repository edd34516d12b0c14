import type { ImageStart, StartConfig } from './run-args.ts';
import type { StartMetadata } from './start-metadata.ts';

/** A user of a machine, by numbers. */
export interface Numbers {
  readonly uid: number;
  readonly gid: number;
}

/** What a start would be with a new number for its user. */
interface Renumbering {
  readonly merged: StartMetadata;
  readonly config: Pick<StartConfig, 'runArgs'>;
  readonly mounts: readonly string[];
  readonly image: ImageStart;
}

/** The superuser keeps its number and its number is given to nobody; a user without a name has none to change. */
export function wantsNumbers(user: string, self: Numbers): boolean {
  return self.uid !== 0 && user !== 'root' && !/^\d+$/.test(user);
}

/**
 * Whether the numbers may be changed in a container that runs, and nothing shows that they were others before: no program of the image
 * has started by then, and docker has filled no volume with files of the image.
 */
export function canRenumber({ merged, config, mounts, image }: Renumbering): boolean {
  const isIdle = merged.entrypoints.length === 0 && merged.overrideCommand;
  const isFromMachine = (mount: string): boolean => /(?:^|,)type=(?:bind|tmpfs)(?:,|$)/.test(mount);
  const hasOwnMount = config.runArgs.some((arg) => /^(?:-v|--volume|--mount)/.test(arg));
  return isIdle && !hasOwnMount && !image.hasVolumes && mounts.every(isFromMachine);
}
