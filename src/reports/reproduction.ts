import type { ImageOutcome } from '../domain/outcome.ts';
import { isRed } from '../domain/test-result.ts';

/** Where a job ran, as far as it decides how it is done again. */
export interface Whereabouts {
  /** The run whose artifacts hold what failed; left out at a desk, where it lies already. */
  readonly fromRun?: string | undefined;
  /** Images whose bytes could not be kept; they are built again. */
  readonly lost?: readonly string[] | undefined;
  /** The job had some of the platforms only. */
  readonly isPart?: boolean | undefined;
  /** The command that was the test, where no configuration names one. */
  readonly run?: string | undefined;
  /** Options by which the repository was found. */
  readonly options?: readonly string[] | undefined;
}

/** A command that does again what failed, and what it does. */
export interface Again {
  readonly about: string;
  readonly command: string;
}

type Failed = Extract<ImageOutcome, { kind: 'failed' }>;

/** The commands that do again what failed; the last one tests the very bytes that failed, where there are any. */
export function reproduction(outcomes: readonly ImageOutcome[], where: Whereabouts): readonly Again[] {
  const failed = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome] : []));
  const built = failed.filter((outcome) => builtPlatforms(outcome).length > 0);
  const isLost = ({ key }: Failed): boolean => where.lost?.includes(key) === true;
  const isScan = ({ error }: Failed): boolean => error.code.startsWith('scan-');
  const again = (step: string, about: string, some: readonly Failed[], kept: boolean): readonly Again[] => {
    if (some.length === 0) return [];
    const words = ['slipway', step, ...(where.options ?? []), ...some.flatMap(({ key }) => ['--image', key])];
    if (step !== 'build') words.push(...platformWords(some, where));
    if (kept && where.fromRun !== undefined) words.push('--from-run', where.fromRun);
    if (step === 'test' && where.run !== undefined) words.push('--run', where.run);
    return [{ about, command: commandLine(words) }];
  };
  const [scanned, tested] = [built.filter(isScan), built.filter((one) => !isScan(one))];
  const kept = (some: readonly Failed[]): readonly Failed[] => some.filter((one) => !isLost(one));
  return [
    ...again(
      'build',
      'To build again',
      failed.filter((one) => !built.includes(one)),
      false,
    ),
    ...again('scan', 'To build and scan again', scanned.filter(isLost), false),
    ...again('test', 'To build and test again', tested.filter(isLost), false),
    ...again('scan', 'To scan those very bytes again', kept(scanned), true),
    ...again('test', 'To test those very bytes again', kept(tested), true),
  ];
}

/** The same for a terminal. */
export function againText(outcomes: readonly ImageOutcome[], where: Whereabouts): readonly string[] {
  return reproduction(outcomes, where).map(({ about, command }) => `${about}: ${command}`);
}

function builtPlatforms({ built, record }: Failed): readonly string[] {
  return (built ?? record)?.platforms.map(({ platform }) => platform) ?? [];
}

/** Platforms are named where not all of them failed, or where the job did not have all of them. */
function platformWords(some: readonly Failed[], { isPart }: Whereabouts): readonly string[] {
  const all = new Set(some.flatMap(builtPlatforms));
  const red = new Set(
    some.flatMap(({ record }) => (record?.tests ?? []).flatMap((test) => (isRed(test) ? [test.platform] : []))),
  );
  const named = red.size > 0 && red.size < all.size ? red : isPart === true ? all : [];
  return [...named].sort().flatMap((platform) => ['--platform', platform]);
}

/** Words as they are typed into a shell: whatever is not plain stands in quotes. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
