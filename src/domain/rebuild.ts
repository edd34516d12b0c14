import type { RebuildMode } from './gate-mode.ts';
import type { Platform } from './platform.ts';
import type { BuildFragment, CacheUse, ImageRecord, PlatformRecord } from './record.ts';

/** What a second build shows about the first. */
export interface RebuildComparison {
  readonly reasons: readonly string[];
  /** The platforms that differ and that both have. */
  readonly platforms: readonly Platform[];
}

type Platforms = readonly Pick<PlatformRecord, 'platform' | 'digest' | 'fingerprint' | 'layers'>[];

/** Compares what was tested with what a second build made: bytes first, then what a container sees of them. */
export function compareRebuilt(mode: RebuildMode, tested: Platforms, rebuilt: Platforms): RebuildComparison {
  return mode === 'layers' ? compareLayerHashes(tested, rebuilt) : compareFingerprints(tested, rebuilt);
}

function compareFingerprints(tested: Platforms, rebuilt: Platforms): RebuildComparison {
  const reasons: string[] = [];
  const platforms: Platform[] = [];
  for (const one of tested) {
    const other = rebuilt.find(({ platform }) => platform === one.platform);
    if (other === undefined) reasons.push(`the second build has no ${one.platform}`);
    else if (other.digest !== one.digest && other.fingerprint !== one.fingerprint) {
      platforms.push(one.platform);
      reasons.push(
        `for ${one.platform} the second build has the fingerprint ${other.fingerprint}, not ${one.fingerprint}`,
      );
    }
  }
  const more = rebuilt.filter(({ platform }) => !tested.some((one) => one.platform === platform));
  return { reasons: [...reasons, ...more.map(({ platform }) => `the second build has ${platform} too`)], platforms };
}

/** A hash of layers knows no platform, so each is looked for anywhere. */
function compareLayerHashes(tested: Platforms, rebuilt: Platforms): RebuildComparison {
  const open = rebuilt.map(({ layers }) => layers);
  const missing = tested.filter(({ layers }) => {
    const at = open.indexOf(layers);
    if (at >= 0) open.splice(at, 1);
    return at < 0;
  });
  const reasons = missing.map(
    ({ platform, layers }) => `for ${platform} the second build does not have the layers ${layers}`,
  );
  const extra = missing.length === 0 && open.length > 0 ? [`the second build has ${open.length} platforms more`] : [];
  return { reasons: [...reasons, ...extra], platforms: missing.map(({ platform }) => platform) };
}

/** Why a second build proves nothing: it did not read what the first one wrote. Nothing where it did. */
export function cacheMiss(
  { key, cache: first }: Pick<ImageRecord, 'key' | 'cache'>,
  { cache: second }: Pick<BuildFragment, 'cache'>,
): string | undefined {
  if (second === undefined || second.executed === 0) return undefined;
  const reads = second.caches.filter(({ kind }) => kind === 'read');
  const isUnread = reads.length === 0 || reads.every(({ problem }) => problem !== null);
  if (!isUnread && second.cached > 0) return undefined;
  const said = `The cache for ${key} was not used, so this is a fresh build, and that it differs says nothing.`;
  return `${said} Cause: ${missCause(first, reads)}.`;
}

function missCause(first: CacheUse | undefined, reads: CacheUse['caches']): string {
  const failed = first?.caches.find(({ kind, problem }) => kind === 'write' && problem !== null);
  if (failed !== undefined) return `cache export failed in the test job (${failed.problem})`;
  if (first !== undefined && !first.caches.some(({ kind }) => kind === 'write')) return 'the test job wrote no cache';
  const unread = reads.find(({ problem }) => problem !== null);
  if (unread !== undefined) return `${unread.place} could not be read (${unread.problem})`;
  return 'nothing of the cache fits the inputs of this build';
}
