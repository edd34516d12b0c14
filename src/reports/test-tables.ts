import { sizeText } from '../domain/byte-size.ts';
import { shortDigest } from '../domain/digest.ts';
import type { ImageRecord } from '../domain/record.ts';
import { hasPassed, type TestResult } from '../domain/test-result.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

const mostRows = 300;
const mostCases = 50;
const mostLayers = 200;
const cellLength = 200;

type Tested = Pick<ImageRecord, 'key' | 'tests'>;

/** What the tests of some images say: each test, what failed in them, and how large the layers are. */
export function testTables(records: readonly Tested[]): readonly string[] {
  return [...testTable(records), ...caseTable(records), ...unmetTable(records), ...layerTable(records)];
}

/** How the tests of an image ended, in a few words. */
export function testWords({ tests, test }: Pick<ImageRecord, 'tests' | 'test'>): string {
  if (tests.length === 0) return test;
  const flaky = tests.filter(({ state }) => state === 'flaky').length;
  return `${tests.filter(hasPassed).length} of ${tests.length} passed${flaky === 0 ? '' : `, ${flaky} flaky`}`;
}

function testTable(records: readonly Tested[]): readonly string[] {
  const rows = each(records, (key, test) => [
    [
      markdownCode(key),
      cell(test.name),
      markdownText(test.platform),
      stateWords(test),
      `${(test.durationMs / 1000).toFixed(1)} s`,
      `${test.attempts?.length ?? 1}`,
      cell(test.reason),
    ],
  ]);
  return capped(['image', 'test', 'platform', 'state', 'time', 'attempts', 'why'], rows, mostRows);
}

function caseTable(records: readonly Tested[]): readonly string[] {
  const counted = records.flatMap(({ tests }) => tests.flatMap(({ cases }) => cases ?? []));
  if (counted.length === 0) return [];
  const sum = (count: (one: (typeof counted)[number]) => number): number =>
    counted.reduce((total, one) => total + count(one), 0);
  const failed = sum((one) => one.failed);
  const head = `Cases: ${sum((one) => one.passed)} passed, ${failed} failed, ${sum((one) => one.skipped)} skipped`;
  const rows = each(records, (key, { platform, cases }) =>
    (cases?.failures ?? []).map((one) => [
      markdownCode(key),
      markdownText(platform),
      cell(`${one.suite} ${one.name}`),
      cell(one.file === null ? '' : `${one.file}${one.line === null ? '' : `:${one.line}`}`),
      cell(one.message),
    ]),
  );
  return [head, ...capped(['image', 'platform', 'failed case', 'where', 'message'], rows, mostCases)];
}

function unmetTable(records: readonly Tested[]): readonly string[] {
  const rows = each(records, (key, { platform, unmet = [] }) =>
    unmet.map((why) => [markdownCode(key), markdownText(platform), cell(why)]),
  );
  return capped(['image', 'platform', 'not as expected'], rows, mostCases);
}

function layerTable(records: readonly Tested[]): readonly string[] {
  const rows = each(records, (key, { platform, layers = [] }) => {
    const total = (size: (layer: (typeof layers)[number]) => number): string =>
      sizeText(layers.reduce((sum, layer) => sum + size(layer), 0));
    const all = ['all', total((layer) => layer.bytes), total((layer) => layer.unpackedBytes)];
    return [...layers.map(layerCells), ...(layers.length === 0 ? [] : [all])].map((cells) => [
      markdownCode(key),
      markdownText(platform),
      ...cells,
    ]);
  });
  return capped(['image', 'platform', 'layer', 'size', 'unpacked'], rows, mostLayers);
}

function layerCells({ digest, bytes, unpackedBytes }: NonNullable<TestResult['layers']>[number]): readonly string[] {
  return [markdownCode(shortDigest(digest)), sizeText(bytes), sizeText(unpackedBytes)];
}

function stateWords({ state, optional, waived }: TestResult): string {
  const word = state === 'not-run' ? 'not run' : state;
  if (waived !== undefined) return `${word}, waived until ${waived.until}: ${cell(waived.reason)}`;
  return optional === true ? `${word} (optional)` : word;
}

function each(
  records: readonly Tested[],
  rows: (key: string, test: TestResult) => readonly (readonly string[])[],
): readonly (readonly string[])[] {
  return records.flatMap(({ key, tests }) => tests.flatMap((test) => rows(key, test)));
}

function capped(head: readonly string[], rows: readonly (readonly string[])[], most: number): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length > most ? [`… and ${rows.length - most} more`] : [];
  return [markdownTable(head, rows.slice(0, most)), ...more];
}

/** Escaped after it is cut, lest a cut leaves half of an escape. */
export function cell(text: string): string {
  return markdownText(text.length > cellLength ? `${text.slice(0, cellLength)}…` : text);
}
