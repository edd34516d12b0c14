import { ConfigError } from './errors.ts';
import { nearestName } from './nearest-name.ts';
import { comparePlatforms, type Platform, parsePlatform } from './platform.ts';

/** The labels of a runner, all of which it must have; none stand for the runner of the workflow. */
export type Labels = readonly string[];

/** Which runner builds which platform. */
export interface Runners {
  /** For platforms without a runner of their own. */
  readonly usual: Labels;
  readonly own: ReadonlyMap<Platform, Labels>;
}

/** Every platform on the runner of the workflow. */
export const workflowRunner: Runners = { usual: [], own: new Map() };

/** The platforms that one runner builds. */
export interface RunnerShare {
  readonly labels: Labels;
  readonly platforms: readonly Platform[];
}

/** Platforms that builders know and an image need not name for a runner to be meant for them. */
const commonPlatforms: readonly Platform[] = [
  ...['amd64', 'arm64', '386', 'arm/v5', 'arm/v6', 'arm/v7', 'loong64', 'mips64', 'mips64le', 'ppc64le', 'riscv64'],
  ...['s390x', 'amd64/v2', 'amd64/v3', 'amd64/v4'],
]
  .map((name) => parsePlatform(`linux/${name}`))
  .concat(['windows/amd64', 'windows/arm64', 'freebsd/amd64', 'freebsd/arm64'].map(parsePlatform));

/** Reads the runners of a configuration; a platform that neither an image nor any builder knows is refused. */
export function readRunners(
  written: Readonly<Record<string, Labels>>,
  known: { readonly platforms: Iterable<Platform>; readonly file: string },
): Runners {
  const platforms = new Set([...commonPlatforms, ...known.platforms]);
  const own = new Map<Platform, Labels>();
  for (const [name, labels] of Object.entries(written)) {
    if (name === 'default') continue;
    const platform = isWellFormed(name) ? parsePlatform(name) : undefined;
    if (platform === undefined || !platforms.has(platform)) throw unknown(name, [...platforms], known.file);
    const other = own.get(platform);
    if (other !== undefined && runnerName(other) !== runnerName(labels)) throw twice(platform, known.file);
    own.set(platform, labels);
  }
  return { usual: written.default ?? [], own };
}

/** Spreads platforms over their runners; those whose labels are equal stay together. */
export function sharesByRunner(platforms: Iterable<Platform>, runners: Runners): readonly RunnerShare[] {
  const shares = new Map<string, { readonly labels: Labels; readonly platforms: Platform[] }>();
  for (const platform of [...new Set(platforms)].sort(comparePlatforms)) {
    const labels = runners.own.get(platform) ?? runners.usual;
    const share = shares.get(runnerName(labels)) ?? { labels, platforms: [] };
    share.platforms.push(platform);
    shares.set(runnerName(labels), share);
  }
  return [...shares.values()];
}

/** One text for equal labels, in whichever order they were written. */
export function runnerName(labels: Labels): string {
  return JSON.stringify([...labels].sort());
}

function isWellFormed(name: string): boolean {
  return /^[a-z0-9]+(\/[a-z0-9._-]+){1,2}$/i.test(name) && !/[._-]/.test(name.split('/')[1] ?? '');
}

function unknown(name: string, platforms: readonly Platform[], file: string): ConfigError {
  const nearest = nearestName(name, ['default', ...platforms]);
  return new ConfigError({
    code: 'runner-platform-unknown',
    what: `runners names ${JSON.stringify(name.slice(0, 100))}, which is no platform of an image here`,
    where: { file },
    state: 'nothing was built',
    next:
      nearest === undefined
        ? 'write a platform such as linux/arm64, or default'
        : `did you mean ${JSON.stringify(nearest)}?`,
  });
}

function twice(platform: Platform, file: string): ConfigError {
  return new ConfigError({
    code: 'runner-platform-twice',
    what: `runners names ${platform} in two spellings, with different labels`,
    where: { file },
    state: 'nothing was built',
    next: `leave one entry for ${platform}`,
  });
}
