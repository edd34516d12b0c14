import { describe, expect, it } from '@jest/globals';
import { buildTestPost } from '../../../src/pipelines/actions/build-test.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

async function post(state: Readonly<Record<string, string>>) {
  const exec = scriptedExec([{ program: 'docker', result: {} }]);
  const log = recordingLog();
  const ports = { exec, log, clock: fakeClock(), files: createMemoryFiles() };
  await buildTestPost(ports as unknown as Ports, (name) => state[name]);
  return {
    words: log.texts('info'),
    removed: exec.calls.filter(({ args }) => args[1] === 'rm').map(({ args }) => args),
  };
}

describe('the step after the job', () => {
  it('removes the builder whose name was saved, and says so', async () => {
    const { words, removed } = await post({ owner: '1', builder: 'slipway-1' });
    expect(removed).toEqual([['buildx', 'rm', '--force', 'slipway-1']]);
    expect(words).toEqual(['the builder that the job left is removed now: slipway-1']);
  });

  it('removes no builder where the job made none', async () => {
    expect((await post({ owner: '1' })).removed).toEqual([]);
  });
});
