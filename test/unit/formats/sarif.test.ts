import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { sarifOf } from '../../../src/formats/scan/sarif.ts';
import { madeImageFinding } from '../../support/made-scan.ts';

const subject = { key: 'app', dockerfile: 'docker/my app/Dockerfile', tool: 'grype', version: '0.121.2' } as const;

/** What the standard and GitHub's code scanning ask of a document, as far as ours goes. */
const Text = z.strictObject({ text: z.string().min(1) });
const Sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          version: z.string().optional(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: Text,
              properties: z.strictObject({
                'security-severity': z.string().regex(/^\d+\.\d$/),
                tags: z.array(z.string()),
              }),
            }),
          ),
        }),
      }),
      automationDetails: z.strictObject({ id: z.string() }),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.number().int().nonnegative(),
          level: z.enum(['none', 'note', 'warning', 'error']),
          message: Text,
          locations: z.array(
            z.strictObject({
              physicalLocation: z.strictObject({
                artifactLocation: z.strictObject({ uri: z.string().regex(/^[^ ]+$/) }),
                region: z.strictObject({ startLine: z.literal(1) }),
              }),
              logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string(), kind: z.string() })),
            }),
          ),
          partialFingerprints: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ]),
});
const read = (findings: Parameters<typeof sarifOf>[0]) => Sarif.parse(JSON.parse(sarifOf(findings, subject))).runs[0];

describe('findings as SARIF', () => {
  it('have a rule for each name, and a result for each package', () => {
    const run = read([
      madeImageFinding(),
      madeImageFinding({ id: 'CVE-2026-0002', severity: 'low', fixed: null }),
      madeImageFinding({ package: 'zlib-dev' }),
    ]);
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(['CVE-2026-0001', 'CVE-2026-0002']);
    expect(run.results.map(({ ruleIndex, level }) => `${ruleIndex} ${level}`)).toEqual([
      '0 error',
      '1 note',
      '0 error',
    ]);
    expect(run.results[1]?.message.text).toMatch(/no version without it/);
  });

  it('have other fingerprints for other packages, so that no finding hides another', () => {
    const run = read([madeImageFinding(), madeImageFinding({ package: 'zlib-dev' })]);
    expect(new Set(run.results.map((one) => JSON.stringify(one.partialFingerprints))).size).toBe(2);
  });

  it('make no links and act on nothing, whatever a scanner wrote', () => {
    const run = read([madeImageFinding({ package: '[x](https://evil.example)', title: 'a\u001b[31m\u202eb [y](z)' })]);
    const texts = [...run.results.map(({ message }) => message.text), run.tool.driver.rules[0]?.shortDescription.text];
    expect(texts.join('\n')).not.toMatch(/(?<!\\)\[|(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('are a document also where there are none', () => {
    expect(read([]).results).toEqual([]);
  });
});
