import type { BuildResult } from '../../clients/buildx.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { CacheUse } from '../../domain/record.ts';
import type { UsedCache } from '../../formats/buildkit-cache.ts';
import type { BuildWarning } from '../../formats/buildkit-warning.ts';
import type { Ports } from '../../ports/ports.ts';

const mostChecks = 10;
const longestProblem = 300;

/** Shows what BuildKit's checks found, each on its line of the Dockerfile. */
export function tellChecks(
  { log }: Pick<Ports, 'log'>,
  { key, dockerfile }: Pick<PlannedImage, 'key' | 'dockerfile'>,
  warnings: readonly BuildWarning[],
): void {
  for (const { text, url, line } of warnings.slice(0, mostChecks)) {
    const place = { file: dockerfile, ...(line === undefined ? {} : { line }) };
    log.warning(`${key}: ${text}${url === '' ? '' : ` (${url})`}`, place);
  }
  if (warnings.length > mostChecks)
    log.info(`${key}: ${warnings.length - mostChecks} more of such warnings about ${dockerfile}`);
}

/** What a cache did not do fails no build, and is said: the next one would be slow, and nobody would know why. */
export function tellCaches({ log }: Pick<Ports, 'log'>, { key }: PlannedImage, caches: readonly UsedCache[]): void {
  for (const { kind, place, problem } of caches) {
    if (problem === null) continue;
    if (kind === 'write') log.warning(`${key}: the cache ${place} was not written: ${problem}`);
    else log.info(`${key}: no cache was used from ${place}: ${problem}`);
  }
}

/** What the record keeps of caches. What follows the question mark of an address may be a signature, which lets others in. */
export function cacheUse({ cached, executed, caches }: Extract<BuildResult, { kind: 'built' }>): CacheUse {
  const kept = (text: string): string => text.replace(/\?[^\s"]*/g, '?…').slice(0, longestProblem);
  return {
    cached,
    executed,
    caches: caches.map(({ kind, place, problem, digest }) => ({
      kind,
      place: kept(place),
      problem: problem === null ? null : kept(problem),
      ...(digest === undefined ? {} : { digest }),
    })),
  };
}
