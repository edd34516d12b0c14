import { shortDigest } from '../domain/digest.ts';
import { scanState } from '../domain/scan.ts';
import type { StepImage, StepOutcome } from '../domain/step.ts';
import { errorText } from './error-text.ts';
import { table } from './table.ts';
import { testWords } from './test-tables.ts';

/** How one step ended: each image with what was found out, and the errors; `end` is what somebody may do now. */
export function stepText(outcome: StepOutcome, end: readonly string[]): string {
  const lines = [
    headline(outcome),
    '',
    ...table([
      ['image', 'digest', 'platforms', 'what', 'bytes'],
      ...outcome.images.map((image) => row(image, outcome)),
    ]),
  ];
  for (const { outcome: image } of outcome.images) {
    if (image.kind === 'failed') lines.push('', errorText(image.error).trimEnd());
  }
  if (end.length > 0) lines.push('', ...end);
  return `${lines.join('\n')}\n`;
}

const done = { build: 'built, and not tested', scan: 'scanned', test: 'tested' } as const;

function headline({ step, images, durationMs }: StepOutcome): string {
  const seconds = `(${(durationMs / 1000).toFixed(1)} s)`;
  const bad = images.flatMap(({ outcome }) => (outcome.kind === 'proven' ? [] : [outcome.key]));
  if (bad.length > 0) return `failed: ${bad.join(', ')} ${seconds}`;
  return `${done[step]}: ${images.length === 1 ? '1 image' : `${images.length} images`} ${seconds}`;
}

function row({ outcome, from }: StepImage, { step }: StepOutcome): readonly string[] {
  if (outcome.kind === 'blocked') return [outcome.key, '-', '-', `not built: needs ${outcome.by.join(', ')}`, '-'];
  const { key, record } = outcome;
  if (record === undefined) return [key, '-', '-', outcome.kind === 'failed' ? outcome.error.code : '-', from];
  const platforms = record.platforms.map(({ platform }) => platform).join(', ');
  const what = { build: 'built', scan: scanState(record.scan), test: testWords(record) }[step];
  return [key, shortDigest(record.digest), platforms, what, from];
}

/** What a program may read of a step. */
export function stepDocument({ step, images, durationMs }: StepOutcome): unknown {
  return {
    step,
    images: images.map(({ outcome, from }) => {
      if (outcome.kind !== 'failed') return { ...outcome, from };
      const { code, what, where, state, next } = outcome.error;
      return { ...outcome, error: { code, what, where, state, next }, from };
    }),
    durationMs,
  };
}
