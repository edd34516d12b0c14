import type { ImageFinding, ScanResult } from '../domain/scan.ts';
import { markdownCode, markdownTable } from './markdown.ts';
import { cell } from './test-tables.ts';

const mostRows = 100;

/** An image with what its scan said, where there was one. */
export interface ScannedImage {
  readonly key: string;
  readonly scan?: ScanResult | undefined;
}

/** What the scans of some images say: how much was found in each, what fails it, and what was let pass. */
export function scanTables(images: readonly ScannedImage[]): readonly string[] {
  const scans = images.flatMap(({ key, scan }) => (scan === undefined ? [] : [{ key, scan }]));
  if (scans.length === 0) return [];
  const head = ['image', 'scan', 'critical', 'high', 'medium', 'low', 'unknown', 'without a fix', 'with'];
  const failing = scans.flatMap(({ key, scan }) => scan.failing.map((finding) => findingCells(key, finding)));
  const all = scans.reduce((sum, { scan }) => sum + scan.failingCount, 0);
  return [
    markdownTable(head, scans.map(countCells)),
    ...capped(
      ['image', 'fails it', 'severity', 'package', 'installed', 'mended in', 'platforms', 'what'],
      failing,
      all,
    ),
    ...scans.flatMap(({ key, scan }) => passNotes(key, scan)),
  ];
}

function countCells({ key, scan }: { readonly key: string; readonly scan: ScanResult }): readonly string[] {
  const { counts, tool, version, database } = scan;
  const isKnown = scan.state !== 'unavailable';
  const count = (number: number): string => (isKnown ? `${number}` : '–');
  const withWords = [tool, version, database].filter((word) => word !== null).join(', ');
  return [
    markdownCode(key),
    isKnown ? scan.state : `unavailable: ${cell(scan.why)}`,
    ...[counts.critical, counts.high, counts.medium, counts.low, counts.unknown, scan.unfixed].map(count),
    cell(withWords),
  ];
}

function findingCells(key: string, finding: ImageFinding): readonly string[] {
  const { id, severity, package: name, installed, fixed, platforms, title } = finding;
  const texts = [id, severity, name, installed, fixed ?? '–', platforms.join(', '), title];
  return [markdownCode(key), ...texts.map(cell)];
}

function passNotes(key: string, { ignored, expired }: ScanResult): readonly string[] {
  const lines = [
    ...ignored.map((one) => `ignored until ${one.until}: ${one.id} in ${one.package} (${one.reason})`),
    ...expired.map((one) => `counts again since ${one.until}: ${one.id} (${one.reason})`),
  ].map((line) => `- ${markdownCode(key)}: ${cell(line)}`);
  if (lines.length === 0) return [];
  const more = lines.length > mostRows ? [`- … and ${lines.length - mostRows} more`] : [];
  return [[...lines.slice(0, mostRows), ...more].join('\n')];
}

function capped(head: readonly string[], rows: readonly (readonly string[])[], all: number): readonly string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, mostRows);
  const more = all > shown.length ? [`… and ${all - shown.length} more`] : [];
  return [markdownTable(head, shown), ...more];
}
