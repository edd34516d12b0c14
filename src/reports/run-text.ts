import { sizeText } from '../domain/byte-size.ts';
import { shortDigest } from '../domain/digest.ts';
import { inertText } from '../domain/inert-text.ts';
import type { ImageOutcome, RunOutcome } from '../domain/outcome.ts';
import type { SetTestResult } from '../domain/set-test.ts';
import { hasPassed } from '../domain/test-result.ts';
import { gateRefusal } from '../domain/verdict.ts';
import { errorText } from './error-text.ts';
import { repairCommands } from './release-summary.ts';
import { table } from './table.ts';

/** How a run ended: what was built, tested and released, or why not, and what to do now. */
export function runText(outcome: RunOutcome, lookAt: readonly string[]): string {
  const lines = [
    headline(outcome),
    '',
    ...table([['image', 'digest', 'platforms', 'tests', 'what'], ...imageRows(outcome)]),
  ];
  const { diskBytes } = outcome;
  if (diskBytes !== undefined) lines.push('', `at its peak the run had ${sizeText(diskBytes)} of its own on the disk`);
  const tags = outcome.release?.tags ?? [];
  if (tags.length > 0) {
    const rows = tags.map((tag) => [
      `${tag.repository}:${tag.tag}`,
      tag.is === null ? '?' : shortDigest(tag.is),
      tag.why,
    ]);
    lines.push('', ...table([['tag', 'names', 'why'], ...rows]));
  }
  for (const note of outcome.release?.notes ?? []) lines.push(`note: ${inertText(note)}`);
  const commands = outcome.release === undefined ? [] : repairCommands(outcome.release);
  if (commands.length > 0) lines.push('', 'to put it right: slipway release --resume, or by hand:', ...commands);
  for (const image of outcome.images) if (image.kind === 'failed') lines.push('', errorText(image.error).trimEnd());
  const { setTest, verdict } = outcome;
  if (setTest !== undefined) lines.push('', setTestLine(setTest));
  if (verdict !== undefined && verdict.state !== 'match') lines.push('', errorText(gateRefusal(verdict)).trimEnd());
  if (lookAt.length > 0) lines.push('', ...lookAt);
  return `${lines.join('\n')}\n`;
}

/** One line that says it all. */
export function headline(outcome: RunOutcome): string {
  const seconds = `${(outcome.durationMs / 1000).toFixed(1)} s`;
  const count = outcome.plan.images.length + outcome.plan.carried.length;
  const failed = outcome.images.filter((image) => image.kind === 'failed').map((image) => image.key);
  const blocked = outcome.images.filter((image) => image.kind === 'blocked').map((image) => image.key);
  if (failed.length > 0) {
    const also = blocked.length === 0 ? '' : `, and so ${blocked.join(', ')} could not be built`;
    return `nothing was released: ${failed.join(', ')} failed${also} (${seconds})`;
  }
  if (outcome.setTest?.state === 'failed') {
    return `nothing was released: the test of the whole set failed (${seconds})`;
  }
  if (outcome.verdict !== undefined && outcome.verdict.state !== 'match') {
    return `nothing was released: the gate says ${outcome.verdict.state} (${seconds})`;
  }
  switch (outcome.release?.state) {
    case undefined:
      return `built and tested ${images(outcome.images.length)}; this run may publish nothing (${seconds})`;
    case 'released':
      return `released ${images(count)}: ${outcome.images.length} built and tested, ${outcome.plan.carried.length} carried over (${seconds})`;
    case 'unchanged':
      return `unchanged: ${images(count)} and their tags are as they should be (${seconds})`;
    case 'rolled-back':
      return `nothing was released: a tag could not be written, and all are as they were (${seconds})`;
    case 'partial':
      return `released in part: not every tag is what it should be (${seconds})`;
  }
}

/** How the test of a set ended; what it printed is in its log. */
function setTestLine({ name, state, reason, images: ran, durationMs }: SetTestResult): string {
  const end =
    state === 'passed'
      ? 'passed'
      : `failed: ${inertText(reason)}; what it printed is above, and in .slipway/logs/set-test.log`;
  return `the test of the set, ${inertText(name)}, with ${images(ran.length)} (${(durationMs / 1000).toFixed(1)} s): ${end}`;
}

function images(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}

function imageRows(outcome: RunOutcome): readonly (readonly string[])[] {
  return [
    ...outcome.images.map((image) => builtRow(image)),
    ...outcome.plan.carried.map((image) => [
      image.key,
      shortDigest(image.digest),
      '-',
      'passed before',
      `carried over: ${image.why}`,
    ]),
  ];
}

function builtRow(image: ImageOutcome): readonly string[] {
  if (image.kind === 'blocked') return [image.key, '-', '-', '-', `not built: needs ${image.by.join(', ')}`];
  if (image.kind === 'failed' && image.record === undefined) return [image.key, '-', '-', '-', image.error.code];
  const { record } = image;
  if (record === undefined) throw new Error('unreachable: checked above');
  const passed = record.tests.filter(hasPassed).length;
  const tests = record.test === 'untested' ? 'untested' : `${passed} of ${record.tests.length} passed`;
  const what =
    image.kind === 'failed'
      ? image.error.code
      : `built in ${(record.durationMs / 1000).toFixed(1)} s, ${image.cached} of ${image.cached + image.executed} steps cached`;
  const platforms = record.platforms.map(({ platform }) => platform).join(', ');
  return [image.key, shortDigest(record.digest), platforms, tests, what];
}
