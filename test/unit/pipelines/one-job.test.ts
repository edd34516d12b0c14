import { describe, expect, it } from '@jest/globals';
import { RefusedError, RemoteError } from '../../../src/domain/errors.ts';
import { OneJob } from '../../../src/pipelines/actions/one-job.ts';
import { pipelinePost, sendReport } from '../../../src/pipelines/actions/pipeline.ts';
import { verifyDigestPost } from '../../../src/pipelines/actions/verify-digest.ts';
import type { ActionPorts, Ports } from '../../../src/ports/ports.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { madePlan } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const parts = { code: 'artifact-failed', what: 'the service said no', where: 'x', state: 'y', next: 'z' };

function opened(fail?: Error) {
  const [said, summaries, uploaded] = [recordingLog(), [] as string[], [] as string[]];
  const ports = {
    log: said,
    outputs: {
      set: () => Promise.reject(new Error('the outputs of a step are not those of the job')),
      summary: async (text: string) => void summaries.push(text),
      saveState: async () => {},
    },
    artifacts: {
      async upload(name: string) {
        if (fail !== undefined) throw fail;
        uploaded.push(name);
      },
      download: async (name: string) => ({ elsewhere: new TextEncoder().encode(name) }),
    },
  };
  return { job: new OneJob(ports as unknown as ActionPorts), log: said, summaries, uploaded };
}

describe('a run in one job', () => {
  it('hears the outputs of its steps, and hands them on as a later job would get them', async () => {
    const { job, summaries } = opened();
    await job.ports.outputs.set('result-1', 'base=sha256:x');
    await job.ports.outputs.summary('### x');
    expect([job.output('result-1'), job.output('plan'), job.results]).toEqual([
      'base=sha256:x',
      '',
      '{"result-1":"base=sha256:x"}',
    ]);
    expect(summaries).toEqual(['### x']);
  });

  it('reads its own artifacts without the service, and those of others from it', async () => {
    const { job, uploaded } = opened();
    const bytes = new Uint8Array([1]);
    await job.ports.artifacts.upload('slipway-plan', { 'plan.json': bytes });
    expect(await job.ports.artifacts.download('slipway-plan')).toEqual({ 'plan.json': bytes });
    expect(Object.keys((await job.ports.artifacts.download('other')) ?? {})).toEqual(['elsewhere']);
    expect(uploaded).toEqual(['slipway-plan']);
  });

  it('goes on where the service of artifacts fails, and says so', async () => {
    const { job, log } = opened(new RemoteError(parts));
    await job.ports.artifacts.upload('slipway-plan', { 'plan.json': new Uint8Array([1]) });
    expect(Object.keys((await job.ports.artifacts.download('slipway-plan')) ?? {})).toEqual(['plan.json']);
    expect(log.texts('warning')).toEqual(['the artifact slipway-plan could not be kept: the service said no']);
  });

  it('names a report only where the service has it', async () => {
    const found = { plan: madePlan(), state: 'tested' as const, durationMs: 1 };
    const well = opened();
    expect(await sendReport(well.job, found)).toMatch(/^sha256:/);
    expect(well.uploaded).toEqual(['slipway-report']);
    const { job, log } = opened(new RemoteError(parts));
    expect(await sendReport(job, found)).toBe('');
    expect(log.texts('warning')).toEqual(['there is no report: the service said no']);
  });

  it('stops where a secret would be handed on', async () => {
    const { job } = opened(new RefusedError(parts));
    await expect(job.ports.artifacts.upload('slipway-plan', {})).rejects.toThrow(RefusedError);
  });

  it('keeps how each step ended', async () => {
    const { job } = opened();
    await job.step('plan', async () => '1 to build');
    await expect(job.step('gate', () => Promise.reject(new RefusedError(parts)))).rejects.toThrow(RefusedError);
    job.leaveOut('release', 'why not');
    expect(job.steps).toEqual([
      { name: 'plan', end: 'done', text: '1 to build' },
      { name: 'gate', end: 'failed', text: 'artifact-failed: the service said no' },
      { name: 'release', end: 'left-out', text: 'why not' },
    ]);
  });
});

describe('the step after the job', () => {
  const state: Readonly<Record<string, string>> = {
    ...{ owner: '1', builder: 'slipway-1', folder: '/temp/slipway-build-x' },
    ...{ 'set-owner': '2', 'gate-builder': 'slipway-gate-2', 'set-folder': '/temp/slipway-set-x' },
  };

  async function removedBy(post: typeof pipelinePost): Promise<readonly string[]> {
    const exec = scriptedExec([{ program: 'docker', result: {} }]);
    const files = createMemoryFiles({ '/temp/slipway-build-x/a': '', '/temp/slipway-set-x/a': '' });
    const ports = { exec, log: recordingLog(), clock: fakeClock(), files };
    await post(ports as unknown as Ports, (name) => state[name]);
    const asked = exec.calls.map(({ args }) => args.join(' '));
    const left = await Promise.all(['build', 'set'].map((name) => files.readText(`/temp/slipway-${name}-x/a`)));
    return [
      ...asked.filter((words) => /^buildx rm|^ps .*=[12]$/.test(words)),
      `left: ${left.map((text) => text !== undefined)}`,
    ];
  }

  it('of verify-digest removes the containers and the folder of the test of the set, and the builder of the gate', async () => {
    expect(await removedBy(verifyDigestPost)).toEqual([
      expect.stringMatching(/=2$/),
      'buildx rm --force slipway-gate-2',
      'left: true,false',
    ]);
  });

  it('of a run in one job removes that and what its builds left', async () => {
    expect(await removedBy(pipelinePost)).toEqual([
      expect.stringMatching(/=1$/),
      'buildx rm --force slipway-1',
      expect.stringMatching(/=2$/),
      'buildx rm --force slipway-gate-2',
      'left: false,false',
    ]);
  });
});
