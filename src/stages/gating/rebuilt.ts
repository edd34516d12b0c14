import type { Digest } from '../../domain/digest.ts';
import type { CauseFacts } from '../../domain/explain/cause.ts';
import type { Finding } from '../../domain/gate.ts';
import type { RebuildMode } from '../../domain/gate-mode.ts';
import { cacheMiss, compareRebuilt } from '../../domain/rebuild.ts';
import type { BuildFragment, ImageRecord } from '../../domain/record.ts';
import type { DockerfileText } from '../../formats/dockerfile-steps.ts';
import type { ContentSource } from '../../ports/content.ts';
import { differenceOf } from './differences.ts';

/** What a second build of an image, or of a part of one, came to. */
export interface Rebuild {
  readonly record: ImageRecord;
  readonly outcome:
    | { readonly kind: 'built'; readonly fragment: BuildFragment; readonly source: ContentSource }
    | { readonly kind: 'impossible'; readonly why: string };
  /** The cache of the first build, where it is another one by now. */
  readonly cache?: CauseFacts['cache'] | undefined;
}

/** Judges the second builds of one image against what was tested. */
export async function judgeRebuilds(
  mode: RebuildMode,
  rebuilds: readonly Rebuild[],
  known: { readonly tested: ContentSource; readonly dockerfile: DockerfileText | undefined },
): Promise<Finding> {
  const findings: Finding[] = [];
  for (const rebuild of rebuilds) findings.push(await judgeRebuild(mode, rebuild, known));
  const bad = findings.filter(({ state }) => state !== 'match');
  const reasons = (bad.length > 0 ? bad : findings).flatMap((finding) => finding.reasons);
  const state = bad.some((finding) => finding.state === 'mismatch') ? 'mismatch' : (bad[0]?.state ?? 'match');
  const difference = findings.find((finding) => finding.difference !== undefined)?.difference;
  return { state, reasons, ...(difference === undefined ? {} : { difference }) };
}

async function judgeRebuild(
  mode: RebuildMode,
  { record, outcome, cache }: Rebuild,
  { tested, dockerfile }: Parameters<typeof judgeRebuilds>[2],
): Promise<Finding> {
  if (outcome.kind === 'impossible') return { state: 'unverifiable', reasons: [outcome.why] };
  const { fragment, source } = outcome;
  const { reasons, platforms } = compareRebuilt(mode, record.platforms, fragment.platforms);
  if (reasons.length === 0) return { state: 'match', reasons: [] };
  const miss = cacheMiss(record, fragment);
  const find = (all: BuildFragment['platforms']): Digest | undefined =>
    all.find(({ platform }) => platform === platforms[0])?.digest;
  const [expected, found] = [find(record.platforms), find(fragment.platforms)];
  const difference =
    expected === undefined || found === undefined
      ? undefined
      : await differenceOf(
          { source: tested, digest: expected, record },
          { source, digest: found, record: fragment },
          { dockerfile, cache },
        );
  const explained = difference === undefined ? {} : { difference };
  // The step ran twice: a builder that has a result of its own takes that, and not what the first build wrote.
  const isTimeAlone = difference?.cause?.startsWith('timestamps: ') === true && difference.config.length === 0;
  if (miss === undefined && isTimeAlone) {
    return { state: 'unverifiable', reasons: [ranAgain(record.key)], ...explained };
  }
  // Other inputs find nothing in any cache, and that they are others is certain then.
  const isProven = /^(?:context|instruction|base): /.test(difference?.cause ?? '');
  if (miss === undefined || isProven) return { state: 'mismatch', reasons: [...reasons], ...explained };
  // A fresh build differs for many reasons, and none of them was found out here.
  const quiet = difference === undefined ? {} : { difference: { ...difference, cause: 'cache: it was not used' } };
  return { state: 'unverifiable', reasons: [miss], ...quiet };
}

function ranAgain(key: string): string {
  return `${key}: the second build has the same files with other times, so it did not take them from the cache of the first: its builder may have built this before; let the gate make one, or use the mode promote`;
}
