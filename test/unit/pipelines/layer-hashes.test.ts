import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import type { ImageOutcome } from '../../../src/domain/outcome.ts';
import type { Row } from '../../../src/domain/plan.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { uploadLayerHashes } from '../../../src/pipelines/layer-hashes.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { madePlatformRecord, madeRecord } from '../../support/made-plan.ts';

const amd64 = madePlatformRecord('linux/amd64', 'app');
const arm64 = { ...madePlatformRecord('linux/arm64', 'app'), layers: 'b'.repeat(64) };

function proven(platforms: ReturnType<typeof madeRecord>['platforms']): ImageOutcome {
  const record = madeRecord('app', { platforms });
  return { kind: 'proven', key: 'app', record, recordDigest: digestOf('record'), cached: 0, executed: 1 };
}

/** What is uploaded for the outcomes of a job, as text, and what the log says. */
async function uploaded(outcomes: readonly ImageOutcome[], row?: Row, isRefused = false) {
  const log = recordingLog();
  const found: Record<string, string> = {};
  const artifacts = {
    async upload(name: string, files: Readonly<Record<string, Uint8Array>>) {
      if (isRefused) throw new RemoteError({ code: 'x', what: 'no artifacts', where: '', state: '', next: '' });
      for (const [file, bytes] of Object.entries(files)) found[`${name}/${file}`] = Buffer.from(bytes).toString();
    },
    download: async () => undefined,
  };
  await uploadLayerHashes({ artifacts, log }, outcomes, row);
  return { found, warnings: log.texts('warning') };
}

describe('the hash of the layers that were tested', () => {
  it('is handed on as the text of a file, for each image that passed', async () => {
    const blocked: ImageOutcome = { kind: 'blocked', key: 'other', by: ['app'] };
    expect((await uploaded([proven([amd64]), blocked])).found).toEqual({
      'digest-app/digest-app.txt': `${amd64.layers}\n`,
    });
  });

  it('has a line for each platform where there are several', async () => {
    expect((await uploaded([proven([amd64, arm64])])).found).toEqual({
      'digest-app/digest-app.txt': `${amd64.layers}  linux/amd64\n${arm64.layers}  linux/arm64\n`,
    });
  });

  it('has the name of the part where an image is built in parts', async () => {
    const row = { platforms: [parsePlatform('linux/arm64')] } as unknown as Row;
    expect((await uploaded([proven([arm64])], row)).found).toEqual({
      'digest-app@linux-arm64/digest-app.txt': `${arm64.layers}\n`,
    });
  });

  it('fails nothing where it cannot be kept', async () => {
    expect(await uploaded([proven([amd64])], undefined, true)).toEqual({ found: {}, warnings: ['no artifacts'] });
  });
});
