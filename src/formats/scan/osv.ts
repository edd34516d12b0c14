import { z } from 'zod';
import type { Finding, Severity } from '../../domain/scan.ts';
import { readReport, type ScanReport, severityOf, shortText } from './report.ts';

const Advisory = z.object({
  id: z.string(),
  summary: z.string().nullish(),
  details: z.string().nullish(),
  database_specific: z.object({ severity: z.unknown() }).nullish(),
  affected: z
    .array(
      z.object({
        package: z.object({ name: z.string().nullish() }).nullish(),
        ranges: z.array(z.object({ events: z.array(z.object({ fixed: z.string().nullish() })).nullish() })).nullish(),
      }),
    )
    .nullish(),
});
type Advisory = z.infer<typeof Advisory>;

/** `osv-scanner --format json`: https://google.github.io/osv-scanner/output/#json */
const OsvReport = z.object({
  results: z
    .array(
      z.object({
        packages: z
          .array(
            z.object({
              package: z.object({ name: z.string(), version: z.string().nullish() }),
              vulnerabilities: z.array(Advisory).nullish(),
              groups: z
                .array(
                  z.object({
                    ids: z.array(z.string()).min(1),
                    aliases: z.array(z.string()).nullish(),
                    max_severity: z.string().nullish(),
                  }),
                )
                .nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** The borders of CVSS: https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale */
const borders: readonly (readonly [number, Severity])[] = [
  [9, 'critical'],
  [7, 'high'],
  [4, 'medium'],
  [0.1, 'low'],
];

/** Reads what osv-scanner found: a finding for each group, which is one weakness under several names. */
export function readOsv(content: Uint8Array): ScanReport {
  const { results } = readReport(content, OsvReport, 'osv-scanner');
  const packages = (results ?? []).flatMap((result) => result.packages ?? []);
  const findings = packages.flatMap((one) =>
    (one.groups ?? []).map((group): Finding => {
      const advisories = (one.vulnerabilities ?? []).filter(({ id }) => group.ids.includes(id));
      const [id = '', ...others] = group.ids.map(shortText);
      const aliases = [...others, ...(group.aliases ?? []).map(shortText)].filter((alias) => alias !== id);
      return {
        id,
        aliases: [...new Set(aliases)],
        severity: severityFrom(group.max_severity, advisories),
        package: shortText(one.package.name),
        installed: shortText(one.package.version),
        fixed: fixedIn(one.package.name, advisories),
        title:
          advisories.map(({ summary, details }) => shortText(summary ?? details)).find((text) => text !== '') ?? '',
      };
    }),
  );
  return { findings, database: null };
}

/** The score where there is one, else the worst word that an advisory says. */
function severityFrom(score: string | null | undefined, advisories: readonly Advisory[]): Severity {
  const number = Number.parseFloat(score ?? '');
  if (!Number.isNaN(number)) return borders.find(([border]) => number >= border)?.[1] ?? 'unknown';
  const said = advisories.map(({ database_specific: more }) =>
    typeof more?.severity === 'string' ? severityOf(more.severity) : 'unknown',
  );
  return (['critical', 'high', 'medium', 'low'] as const).find((severity) => said.includes(severity)) ?? 'unknown';
}

function fixedIn(name: string, advisories: readonly Advisory[]): string | null {
  const versions = advisories
    .flatMap(({ affected }) => affected ?? [])
    .filter((one) => one.package?.name === name)
    .flatMap(({ ranges }) => ranges ?? [])
    .flatMap(({ events }) => events ?? [])
    .flatMap(({ fixed }) => (fixed === null || fixed === undefined ? [] : [fixed]));
  return versions.length === 0 ? null : shortText([...new Set(versions)].join(', '));
}
