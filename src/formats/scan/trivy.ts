import { z } from 'zod';
import type { Finding } from '../../domain/scan.ts';
import { readReport, type ScanReport, severityOf, shortText } from './report.ts';

/** `trivy image --format json`: https://trivy.dev/docs/latest/configuration/reporting/#json */
const TrivyReport = z.object({
  SchemaVersion: z.literal(2),
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              VendorIDs: z.array(z.string()).nullish(),
              PkgName: z.string(),
              InstalledVersion: z.string().nullish(),
              FixedVersion: z.string().nullish(),
              Severity: z.string().nullish(),
              Title: z.string().nullish(),
              Description: z.string().nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** Reads what trivy found. */
export function readTrivy(content: Uint8Array): ScanReport {
  const { Results: results } = readReport(content, TrivyReport, 'trivy');
  const findings = (results ?? [])
    .flatMap((result) => result.Vulnerabilities ?? [])
    .map((one): Finding => {
      const fixed = shortText(one.FixedVersion);
      return {
        id: shortText(one.VulnerabilityID),
        aliases: (one.VendorIDs ?? []).map(shortText),
        severity: severityOf(one.Severity),
        package: shortText(one.PkgName),
        installed: shortText(one.InstalledVersion),
        fixed: fixed === '' ? null : fixed,
        title: shortText(one.Title ?? one.Description),
      };
    });
  return { findings, database: null };
}
