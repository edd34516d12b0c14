import { describe, expect, it } from '@jest/globals';
import type { Expectation } from '../../../src/domain/expectation.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { test as testImage } from '../../../src/stages/test.ts';
import { createStore } from '../../../src/store/store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { madePlanned, madePlatformRecord, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const expected: Expectation = {
  user: 'not-root',
  maxBytes: null,
  entrypoint: null,
  cmd: null,
  ports: [],
  env: {},
  labels: {},
  files: { present: ['/app/file'], absent: [] },
  setuid: [],
};
const platforms = ['linux/amd64', 'linux/arm64'];

/** Holds an image of two platforms, which run as these users, against the expectations. */
async function check(...users: readonly string[]) {
  const files = createMemoryFiles();
  const clock = fakeClock();
  const random = { hex: () => 'a' };
  const store = await createStore({ files, clock, random, processes: fakeProcesses() }, '/store');
  const images = platforms.map((platform, at) =>
    madeImage({ platform, layers: [{ 'app/file': platform }], config: { User: users[at] } }),
  );
  await writeMade(store, madeIndex(images));
  const exec = scriptedExec([]);
  const httpServer = {
    listen: () => {
      throw new Error('nothing is served');
    },
  };
  const results = await testImage(
    {
      exec,
      clock,
      httpServer,
      log: recordingLog(),
      files,
      random,
      env: {},
      secrets: { add: () => {}, clean: (text) => text },
    },
    {
      image: madePlanned('app', { tests: [], expect: expected }),
      built: {
        ...madeRecord(),
        platforms: platforms.map((platform, at) => ({
          ...madePlatformRecord(platform),
          digest: images[at]?.manifest.digest ?? madePlatformRecord().digest,
        })),
      },
      store,
      owner: 'run-1',
      folder: '/repo',
      version: null,
      logFolder: '/logs',
    },
  );
  return { results, images };
}

describe('expectations', () => {
  it('are looked up in the store for each platform, and no engine is asked', async () => {
    const { results, images } = await check('1000', 'app');
    expect(results).toMatchObject(
      platforms.map((platform, at) => ({
        kind: 'expect',
        name: 'expectations',
        platform: parsePlatform(platform),
        state: 'passed',
        reason: '',
        unmet: [],
        engineImage: images[at]?.manifest.digest,
        layers: [
          { digest: images[at]?.blobs.at(-1)?.descriptor.digest, bytes: images[at]?.blobs.at(-1)?.bytes.length },
        ],
      })),
    );
  });

  it('that one platform does not meet fail that platform', async () => {
    const { results } = await check('1000', '');
    expect(results).toMatchObject([
      { state: 'passed' },
      {
        state: 'failed',
        exitCode: 1,
        unmet: ['the user is not set, and so root'],
        reason: 'the user is not set, and so root',
      },
    ]);
  });
});
