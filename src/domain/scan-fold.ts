import type { ScanResult } from './scan.ts';
import { byWeight, keptFindings, mergeFindings } from './scan-judgement.ts';

/**
 * The scan of an image whose platforms were built, and so scanned, by several jobs; none where no part was scanned. Parts do not keep
 * all that they found, so that of each count the largest is taken: most weaknesses are on all platforms alike.
 */
export function foldScans(parts: readonly (ScanResult | undefined)[]): ScanResult | undefined {
  const scans = parts.flatMap((scan) => scan ?? []);
  const [first] = scans;
  if (first === undefined) return undefined;
  const most = (count: (scan: ScanResult) => number): number => Math.max(...scans.map(count));
  const state = (['failed', 'unavailable'] as const).find((one) => scans.some((scan) => scan.state === one));
  const failing = mergeFindings(
    scans.flatMap((scan) =>
      scan.failing.flatMap((finding) => finding.platforms.map((platform) => ({ platform, findings: [finding] }))),
    ),
  );
  // What nobody scanned is not known, whatever is known of the other platforms.
  const isPartly = scans.length < parts.length;
  return {
    ...first,
    state: state ?? (isPartly ? 'unavailable' : 'passed'),
    why: scans.find(({ why }) => why !== '')?.why ?? (isPartly ? 'a part of the image was not scanned' : ''),
    counts: {
      critical: most(({ counts }) => counts.critical),
      high: most(({ counts }) => counts.high),
      medium: most(({ counts }) => counts.medium),
      low: most(({ counts }) => counts.low),
      unknown: most(({ counts }) => counts.unknown),
    },
    failing: failing.toSorted(byWeight).slice(0, keptFindings),
    failingCount: Math.max(
      failing.length,
      most((scan) => scan.failingCount),
    ),
    ignored: distinct(scans.flatMap((scan) => scan.ignored)),
    expired: distinct(scans.flatMap((scan) => scan.expired)),
    unfixed: most((scan) => scan.unfixed),
  };
}

function distinct<T>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}
