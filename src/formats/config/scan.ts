import { z } from 'zod';
import { ScanTool } from '../../domain/scan.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: '64 hexadecimal digits in lower case' });

const Download = z.strictObject({
  url: z
    .string()
    .regex(/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/, {
      error: 'an address that begins with https://',
    })
    .describe('The program, or a .tar.gz with it; {version}, {os} and {arch} are filled in'),
  sha256: z
    .union([Sha256, z.record(z.string().regex(/^[a-z0-9]+\/[a-z0-9]+$/), Sha256)])
    .describe('The checksum of what is fetched: one, or one for each kind of machine, such as linux/amd64'),
});

const Ignored = z.strictObject({
  id: z.string().min(1).max(200).describe('The name of the finding, such as CVE-2026-1234, or another name of it'),
  until: z.iso.date({ error: 'a day such as 2027-01-31' }).describe('The last day on which it is ignored'),
  reason: z.string().min(1).describe('Why it may stay until then'),
});

const Database = z.strictObject({
  file: z.string().min(1).optional().describe('The folder of a database that is there, as the scanner lays it out'),
  mirror: z
    .string()
    .regex(/^[^\s-]\S*$/, { error: 'an address without spaces' })
    .optional()
    .describe('Where the scanner fetches its database instead'),
});

const fields = z.strictObject({
  tool: ScanTool.describe('The scanner: trivy, grype or osv-scanner'),
  program: z
    .string()
    .regex(/^(\/.*[^/]|[A-Za-z0-9][A-Za-z0-9._-]*)$/, { error: 'a name, or an absolute path' })
    .optional()
    .describe('Its program: a name in PATH or an absolute path; by default the name of the scanner'),
  download: Download.optional().describe('Where to fetch the program, instead of one that is installed'),
  version: z
    .string({ error: 'write the version in quotes' })
    .regex(/^v?\d[A-Za-z0-9.+-]*$/, { error: 'a version such as 1.2.3' })
    .optional()
    .describe('The only version that is taken'),
  'fail-on': z
    .enum(['critical', 'high', 'medium', 'low', 'never'])
    .default('critical')
    .describe('The lowest severity that fails an image'),
  'only-fixed': z.boolean().default(false).describe('Whether only findings count that a newer version mends'),
  ignore: z.array(Ignored).default([]).describe('Findings that may stay until a day'),
  unavailable: z.enum(['fail', 'warn']).default('fail').describe('What follows where the scanner cannot do its work'),
  database: Database.optional().describe('Where its database is; by default the scanner fetches its own'),
  'timeout-minutes': z.number().positive().max(120).default(15).describe('When a scan counts as unavailable'),
});
type Fields = z.infer<typeof fields>;

/** A rule that is about more than one key; where it does not hold, the key at `path` is what to change. */
interface Rule {
  readonly path: readonly string[];
  readonly error: string;
  readonly holds: (scan: Fields) => boolean;
}

const rules: readonly Rule[] = [
  {
    path: ['download'],
    error: 'a scan has a program or a download, not both',
    holds: (scan) => scan.program === undefined || scan.download === undefined,
  },
  {
    path: ['download', 'url'],
    error: '{version} needs the key version',
    holds: (scan) => scan.version !== undefined || scan.download?.url.includes('{version}') !== true,
  },
  {
    path: ['database'],
    error: 'a database has one of file or mirror',
    holds: ({ database }) =>
      database === undefined || (database.file === undefined) !== (database.mirror === undefined),
  },
  {
    path: ['database', 'mirror'],
    error: 'osv-scanner knows no mirror; name a file',
    holds: (scan) => scan.tool !== 'osv-scanner' || scan.database?.mirror === undefined,
  },
];

/** What is looked for in the images before they are tested. */
export const ScanConfig = rules
  .reduce((schema, { path, error, holds }) => schema.refine(holds, { path: [...path], error }), fields)
  .describe('A scanner that looks for known weaknesses in each image before it is tested');
export type ScanConfig = z.infer<typeof ScanConfig>;
