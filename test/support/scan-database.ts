import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { madeZip } from './made-zip.ts';

/** What the scanner must find in the package of this name, which exists nowhere else. */
export const advisory = {
  schema_version: '1.6.0',
  id: 'ALPINE-CVE-2026-0001',
  upstream: ['CVE-2026-0001'],
  modified: '2026-01-01T00:00:00Z',
  published: '2026-01-01T00:00:00Z',
  summary: 'A made weakness ::error::not a command',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Alpine:v3.20', name: 'slipway-made' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0.1-r0' }] }],
    },
  ],
};

/** Files that make an image an Alpine with that package, in this version. */
export function alpineFiles(version: string): Readonly<Record<string, string>> {
  return {
    'etc/os-release': 'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n',
    'etc/alpine-release': '3.20.3\n',
    'lib/apk/db/installed': `P:slipway-made\nV:${version}\nA:x86_64\nL:MIT\no:slipway-made\nT:made by a test\n\n`,
  };
}

/** Makes a database of osv-scanner that knows this one weakness. */
export async function makeScanDatabase(folder: string): Promise<void> {
  const alpine = path.join(folder, 'osv-scalibr/Alpine');
  await mkdir(alpine, { recursive: true });
  await writeFile(path.join(alpine, 'all.zip'), madeZip({ [`${advisory.id}.json`]: JSON.stringify(advisory) }));
}
