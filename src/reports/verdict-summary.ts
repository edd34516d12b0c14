import { valueText } from '../domain/explain/value-text.ts';
import { nextStep, type Verdict, type VerdictDifference, type VerdictState } from '../domain/verdict.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

const marks = { match: '✅ match', mismatch: '❌ mismatch', unverifiable: '❌ unverifiable' } as const;

const proofs = {
  promote: 'byte for byte what was tested',
  archive: 'its store is byte for byte what was tested',
  rebuild: 'a second build from the cache runs alike',
  layers: 'a second build from the cache has the same layers',
} as const;

/** What the gate says: the word, image by image with why, how what was found differs, and what to do. */
export function verdictSummary(verdict: Verdict): string {
  const { state, mode = 'promote', warnings = [], images } = verdict;
  // In a long table nobody should have to look for what stops the set.
  const ordered = [...images.filter((one) => one.state !== 'match'), ...images.filter((one) => one.state === 'match')];
  const rows = ordered.map(({ key, state: own, reasons }) => [
    markdownCode(key),
    marks[own],
    reasons.map(markdownText).join('; ') || proofs[mode],
  ]);
  const close = state === 'match' ? [] : [`Nothing of the set is released. Next: ${markdownText(nextStep(verdict))}.`];
  const parts = [
    `### Digest gate: ${state}`,
    ...(mode === 'promote' ? [] : [`Mode: ${markdownCode(mode)}`]),
    markdownTable(['image', 'verdict', 'why'], rows),
    ...warnings.map((warning) => `⚠️ ${markdownText(warning)}`),
    ...images.flatMap(({ key, waivers = [] }) =>
      waivers.map((waiver) => `⚠️ ${markdownCode(key)}: ${markdownText(waiver)}`),
    ),
    ...images.flatMap(({ key, difference }) => (difference === undefined ? [] : [differenceText(key, difference)])),
    ...close,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** How what was found differs from what was tested. */
function differenceText(key: string, { dockerfile, layer, config, cause }: VerdictDifference): string {
  const line = layer?.line ?? null;
  const place =
    dockerfile === null || line === null
      ? 'no line of the Dockerfile is certain'
      : markdownCode(`${dockerfile}:${line}`);
  const more = layer === null ? 0 : (layer.changed ?? 0) - layer.paths.length;
  const lines = [
    `**How ${markdownCode(key)} differs.** Cause: ${cause === null ? 'not recognised' : markdownText(cause)}`,
    '',
    ...(layer === null ? [] : [`- layer ${layer.index}, ${place}: ${markdownCode(layer.instruction ?? 'unknown')}`]),
    ...(layer?.paths ?? []).map(({ path, change }) => `  - ${markdownCode(path)}: ${markdownText(change)}`),
    ...(more > 0 ? [`  - and ${more} more`] : []),
    ...config
      .slice(0, 20)
      .map(
        (one) => `- ${markdownCode(one.key)}: ${markdownCode(valueText(one.a))} → ${markdownCode(valueText(one.b))}`,
      ),
  ];
  return lines.join('\n');
}

/** What the gate says of one image that was named by itself. */
export function subjectSummary(verified: {
  readonly state: VerdictState;
  readonly expected: string;
  readonly found: string | null;
  readonly reasons: readonly string[];
}): string {
  const { state, expected, found, reasons } = verified;
  const seen = found === null ? 'found nothing' : `found ${markdownCode(found)}`;
  const why = reasons.length === 0 ? '' : `\n\n${reasons.map(markdownText).join('; ')}`;
  return `### Digest gate: ${state}\n\nExpected ${markdownCode(expected)}; ${seen}.${why}\n`;
}
