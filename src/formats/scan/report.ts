import type { z } from 'zod';
import type { Finding, Severity } from '../../domain/scan.ts';
import { readJson } from '../json.ts';

/** What a scanner says about one image. */
export interface ScanReport {
  readonly findings: readonly Finding[];
  /** What it says about its database. */
  readonly database: string | null;
}

/** An image with many packages has many findings, and the scanners describe each at length. */
export const maxReportBytes = 64 * 1024 * 1024;

const maxText = 300;
const words = new Map<string, Severity>([
  ['critical', 'critical'],
  ['high', 'high'],
  ['important', 'high'],
  ['medium', 'medium'],
  ['moderate', 'medium'],
  ['low', 'low'],
  ['negligible', 'low'],
]);

/** Reads the JSON of a scanner; what is no such document is an error that names the field. */
export function readReport<T>(content: Uint8Array, schema: z.ZodType<T>, tool: string): T {
  return readJson(content, schema, {
    code: 'scan-report-invalid',
    what: `what ${tool} wrote`,
    where: tool,
    next: 'is it a version that Slipway knows?',
    maxBytes: maxReportBytes,
  });
}

/** The severity that a word means; one that nobody knows means none. */
export function severityOf(word: string | null | undefined): Severity {
  return words.get((word ?? '').trim().toLowerCase()) ?? 'unknown';
}

/** A text of a report, on one line and not longer than anybody reads. */
export function shortText(text: string | null | undefined): string {
  return (text ?? '').trim().split('\n', 1)[0]?.slice(0, maxText) ?? '';
}
