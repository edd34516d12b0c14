import { z } from 'zod';
import type { Finding } from '../../domain/scan.ts';
import { readReport, type ScanReport, severityOf, shortText } from './report.ts';

const Named = z.object({ id: z.string() });

/** `grype --output json`; lines of before say when the database was built in another place. */
const GrypeReport = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        ...Named.shape,
        severity: z.string().nullish(),
        description: z.string().nullish(),
        fix: z.object({ versions: z.array(z.string()).nullish() }).nullish(),
      }),
      relatedVulnerabilities: z.array(Named).nullish(),
      artifact: z.object({ name: z.string(), version: z.string().nullish() }),
    }),
  ),
  descriptor: z
    .object({
      db: z
        .object({ built: z.string().nullish(), status: z.object({ built: z.string().nullish() }).nullish() })
        .nullish(),
    })
    .nullish(),
});

/** Reads what grype found. */
export function readGrype(content: Uint8Array): ScanReport {
  const { matches, descriptor } = readReport(content, GrypeReport, 'grype');
  const findings = matches.map(({ vulnerability, relatedVulnerabilities, artifact }): Finding => {
    const versions = vulnerability.fix?.versions ?? [];
    return {
      id: shortText(vulnerability.id),
      aliases: (relatedVulnerabilities ?? []).map(({ id }) => shortText(id)).filter((id) => id !== vulnerability.id),
      severity: severityOf(vulnerability.severity),
      package: shortText(artifact.name),
      installed: shortText(artifact.version),
      fixed: versions.length === 0 ? null : shortText(versions.join(', ')),
      title: shortText(vulnerability.description),
    };
  });
  const built = descriptor?.db?.status?.built ?? descriptor?.db?.built;
  return { findings, database: built === null || built === undefined ? null : `built ${shortText(built)}` };
}
