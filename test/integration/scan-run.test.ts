import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../support/desk.ts';
import { requireLab } from '../support/lab.ts';
import { advisory, alpineFiles, makeScanDatabase } from '../support/scan-database.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

describe('slipway run with a scan', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk(lab);
    await makeScanDatabase(path.join(desk.folder, 'database'));
    const image = (key: string, version: string) =>
      Object.fromEntries([
        [`${key}/Dockerfile`, `FROM busybox:1.36\nLABEL ${desk.label}\nCOPY etc /etc\nCOPY lib /lib\n`],
        ...Object.entries(alpineFiles(version)).map(([file, text]) => [`${key}/${file}`, text]),
      ]);
    await desk.commit({
      ...image('weak', '1.0.0-r0'),
      ...image('sound', '1.0.1-r0'),
      'slipway.yml': [
        'registry: ghcr.io/acme',
        'scan: { tool: osv-scanner, version: 2.5.1, database: { file: database } }',
        'images:',
        '  weak: { tests: [{ run: echo the-test-ran }] }',
        '  sound: { tests: [{ run: echo the-test-ran }] }',
        '',
      ].join('\n'),
    });
  }, LIMIT_MS);
  afterAll(async () => desk[Symbol.asyncDispose](), LIMIT_MS);

  it(
    'stops the image that fails it before its tests, and tests the other',
    async () => {
      const { exitCode, stdout, stderr } = await desk.slipway('run', '--json');
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
      const { images } = JSON.parse(stdout);
      const by = Object.fromEntries(images.map((image: { key: string }) => [image.key, image]));
      expect(by.weak).toMatchObject({
        kind: 'failed',
        error: { code: 'scan-failed' },
        record: { tests: [], scan: { state: 'failed' } },
      });
      expect(by.weak.error.what).toContain(advisory.id);
      expect(by.sound).toMatchObject({
        kind: 'proven',
        record: { test: 'passed', scan: { state: 'passed', version: '2.5.1' } },
      });
    },
    LIMIT_MS,
  );

  it(
    'keeps the image that fails it, and only scans it when somebody asks',
    async () => {
      const { exitCode, stdout, stderr } = await desk.slipway('scan', '--image', 'weak', '--image', 'sound', '--json');
      const { images } = JSON.parse(stdout);
      const by = Object.fromEntries(images.map((image: { key: string }) => [image.key, image]));
      expect([exitCode, Object.keys(by)]).toEqual([1, ['weak', 'sound']]);
      expect(by.weak).toMatchObject({
        from: 'kept in .slipway/stores/weak',
        error: { code: 'scan-failed' },
        record: { tests: [], scan: { state: 'failed' } },
      });
      // What passed was published and is kept nowhere.
      expect(by.sound).toMatchObject({ from: 'built now', record: { tests: [], scan: { state: 'passed' } } });
      expect(stderr).toContain('sound: nothing is kept here for these files, so it is built first');
      const text = await desk.slipway('run', '--image', 'weak');
      expect(text.stdout.trimEnd().split('\n').at(-1)).toBe(
        'To scan those very bytes again: slipway scan --image weak',
      );
    },
    LIMIT_MS,
  );
});
