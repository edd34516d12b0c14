import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMachinePorts, type MachinePorts } from '../../../src/adapters/machine-ports.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { createStore } from '../../../src/store/store.ts';
import type { FaultRule } from '../../support/fault-proxy/fault-script.ts';
import { type FaultyRegistry, missingFrom, startFaulty } from '../../support/fault-proxy/faulty-registry.ts';
import { madeBlob, madeManifest, writeMade } from '../../support/made-image.ts';

const limitMs = 60_000;
const mebibyte = 1024 * 1024;
const layers = [9 * mebibyte + 1, 3 * mebibyte, 512 * 1024, 7];
const made = madeManifest(
  madeBlob('application/vnd.example.config', Buffer.from('{}')),
  layers.map((size) => madeBlob('application/octet-stream', randomBytes(size))),
);

let ports: MachinePorts;
let folder: TempFolder;
let faulty: FaultyRegistry | undefined;

beforeEach(async () => {
  ports = createMachinePorts();
  folder = await ports.files.tempFolder('slipway-uploads-');
});
afterEach(async () => {
  await faulty?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
});

/** What the proxy does is done to the uploads of content that lies on the disk, whose pieces are fleeting. */
async function pushed(rules: readonly FaultRule[], chunkBytes?: number): Promise<FaultyRegistry> {
  const opened = await startFaulty({ rules, ...(chunkBytes === undefined ? {} : { chunkBytes }) });
  faulty = opened;
  const store = await createStore(ports, folder.path);
  await writeMade(store, made);
  await copyContent(store, repositoryContent(opened.client, opened.repository), made.manifest);
  return opened;
}

describe('a push from the disk', () => {
  it(
    'brings every byte',
    async () => {
      const { direct } = await pushed([]);
      expect(await missingFrom(direct, made)).toEqual([]);
    },
    limitMs,
  );

  it(
    'brings every byte in chunks whose borders are not those of the pieces',
    async () => {
      const { direct, proxy } = await pushed([], 700_001);
      expect(proxy.log.of('upload-patch').length).toBeGreaterThan(15);
      expect(await missingFrom(direct, made)).toEqual([]);
    },
    limitMs,
  );

  it(
    'brings every byte where lines break in the middle of a piece',
    async () => {
      const fault = { kind: 'reset-request', afterBytes: 300_000 } as const;
      const broken: FaultRule = { match: { kind: 'upload-patch' }, each: 'rule', at: [1, 4, 9], fault };
      const { direct, proxy } = await pushed([broken], 700_001);
      expect(proxy.log.entries.filter((entry) => entry.fault === 'reset-request')).toHaveLength(3);
      expect(await missingFrom(direct, made)).toEqual([]);
    },
    limitMs,
  );

  it(
    'brings every byte where an answer comes before the end of an upload',
    async () => {
      const early: FaultRule = {
        match: { kind: 'upload-patch' },
        at: [1],
        fault: { kind: 'answer', status: 503, early: true },
      };
      const { direct, proxy } = await pushed([early]);
      expect(proxy.log.entries.filter((entry) => entry.fault === 'answer')).toHaveLength(1);
      expect(await missingFrom(direct, made)).toEqual([]);
    },
    limitMs,
  );
});
