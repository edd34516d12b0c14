import type { IgnoredFinding, ImageFinding, ScanPolicy, ScanResult, Severity } from './scan.ts';
import { severities } from './scan.ts';

/** What a judgement says; the rest of a result is about the tool. */
export type ScanJudgement = Omit<ScanResult, 'tool' | 'version' | 'database' | 'why'>;

/** So many failing findings are kept; the count says how many there are. */
export const keptFindings = 100;

type Rules = Pick<ScanPolicy, 'failOn' | 'onlyFixed' | 'ignore'>;

/** Holds findings against a policy; `today` is a date such as `2026-11-22`. */
export function judgeScan(findings: readonly ImageFinding[], policy: Rules, today: string): ScanJudgement {
  const ignored = findings.flatMap((finding) => {
    const entry = entryFor(finding, policy, today);
    return entry === undefined ? [] : [{ ...entry, package: finding.package }];
  });
  const standing = standingFindings(findings, policy, today);
  const counted = policy.onlyFixed ? standing.filter(({ fixed }) => fixed !== null) : standing;
  const failing = counted.filter(({ severity }) => isFailing(severity, policy.failOn)).sort(byWeight);
  return {
    state: failing.length === 0 ? 'passed' : 'failed',
    counts: countsOf(counted),
    failing: failing.slice(0, keptFindings),
    failingCount: failing.length,
    ignored,
    expired: policy.ignore.filter(({ id, until }) => until < today && standing.some((one) => isNamed(one, id))),
    unfixed: standing.length - counted.length,
  };
}

/** The findings that nobody lets pass today. */
export function standingFindings(
  findings: readonly ImageFinding[],
  policy: Pick<Rules, 'ignore'>,
  today: string,
): readonly ImageFinding[] {
  return findings.filter((finding) => entryFor(finding, policy, today) === undefined);
}

/** One finding for each weakness of a package, with all platforms that have it. */
export function mergeFindings(
  byPlatform: readonly {
    readonly platform: ImageFinding['platforms'][number];
    readonly findings: readonly Omit<ImageFinding, 'platforms'>[];
  }[],
): readonly ImageFinding[] {
  const merged = new Map<string, ImageFinding>();
  for (const { platform, findings } of byPlatform) {
    for (const finding of findings) {
      const name = JSON.stringify([finding.id, finding.package, finding.installed]);
      const known = merged.get(name);
      const platforms = known?.platforms ?? [];
      const worst = known !== undefined && rankOf(known.severity) < rankOf(finding.severity) ? known : finding;
      merged.set(name, { ...worst, platforms: platforms.includes(platform) ? platforms : [...platforms, platform] });
    }
  }
  return [...merged.values()];
}

/** Nothing was found: every severity counts none. */
export function countsOf(findings: readonly ImageFinding[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

function entryFor(finding: ImageFinding, { ignore }: Pick<Rules, 'ignore'>, today: string): IgnoredFinding | undefined {
  return ignore.find(({ id, until }) => until >= today && isNamed(finding, id));
}

function isNamed(finding: ImageFinding, id: string): boolean {
  return finding.id === id || finding.aliases.includes(id);
}

/** Whoever lets nothing pass, however low, does not let pass what nobody has weighed yet. */
function isFailing(severity: Severity, failOn: ScanPolicy['failOn']): boolean {
  if (failOn === 'never') return false;
  return failOn === 'low' || rankOf(severity) <= rankOf(failOn);
}

function rankOf(severity: Severity): number {
  return severities.indexOf(severity);
}

/** The worst first, and the order of names among equals. */
export function byWeight(one: ImageFinding, other: ImageFinding): number {
  const texts = ({ package: name, id }: ImageFinding): string => `${name} ${id}`;
  const weight = rankOf(one.severity) - rankOf(other.severity);
  return weight !== 0 ? weight : texts(one) < texts(other) ? -1 : 1;
}
