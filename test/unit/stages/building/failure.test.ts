import { describe, expect, it } from '@jest/globals';
import { failure } from '../../../../src/stages/building/failure.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { madePlanned } from '../../../support/made-plan.ts';

const build = {
  image: { ...madePlanned('app'), dockerfile: 'app/Dockerfile' },
  builder: 'b1',
  store: '/run/app',
  isGone: false,
};

function errorOf(step: string | undefined, lines: readonly string[], line?: number) {
  return failure({ log: recordingLog() }, build, { step, line, lines });
}

describe('a build that failed', () => {
  it('names the line of the Dockerfile, and shows the lines of the log that matter', () => {
    const log = recordingLog();
    const error = failure({ log }, build, { step: '[2/2] RUN x', line: 7, lines: ['out', 'exit code: 1'] });
    expect(error).toMatchObject({
      code: 'build-failed',
      exitCode: 1,
      what: 'the build failed at "[2/2] RUN x": exit code: 1',
      where: { file: 'app/Dockerfile', line: 7 },
    });
    expect(log.entries).toEqual([
      { kind: 'relay', text: 'the end of the build of app', lines: ['out', 'exit code: 1'] },
    ]);
  });

  it.each([
    [undefined, 'ERROR: failed to build: failed to receive status: rpc error: code = Unavailable desc = error reading'],
    [undefined, 'ERROR: failed to receive status: rpc error: code = Unavailable desc = closing transport'],
    ['[internal] waiting for connection', 'context deadline exceeded'],
  ])('because its builder went away says so: %p, %p', (step, last) => {
    expect(errorOf(step, [last])).toMatchObject({ code: 'builder-lost', exitCode: 4, where: 'b1' });
  });

  it('because its builder was killed with the step says so, whichever is heard first', () => {
    const result = {
      step: '[2/2] RUN x',
      line: 7,
      lines: ['process "x" did not complete successfully: exit code: 137'],
    };
    const error = failure({ log: recordingLog() }, { ...build, isGone: true }, result);
    expect(error).toMatchObject({ code: 'builder-lost', exitCode: 4 });
    expect(failure({ log: recordingLog() }, build, result)).toMatchObject({ code: 'build-failed', exitCode: 1 });
  });

  it('for want of space on our disk names the folder', () => {
    const last = 'failed to copy: write store/ingest/data: no space left on device';
    expect(errorOf('exporting to oci image format', [last])).toMatchObject({
      code: 'disk-full',
      exitCode: 4,
      where: '/run/app',
    });
  });

  it('for want of space in the builder names the builder, and what makes room there', () => {
    const error = errorOf('[2/2] COPY . .', ['failed to mount: write /var/lib/x: no space left on device']);
    expect(error).toMatchObject({ code: 'disk-full', where: 'b1', next: expect.stringContaining('--builder b1') });
  });

  it.each([
    [
      '[2/2] RUN x',
      'process "/bin/sh -c cp a b; echo no space left on device" did not complete successfully: exit code: 1',
    ],
    ['[2/2] RUN x', 'process "ERROR: failed to receive status: rpc error:" did not complete: exit code: 1'],
    ['[2/2] RUN x', 'ERROR: failed to receive status: rpc error: code = Unavailable'],
  ])('by its own command is the matter of its author, whatever that prints: %p, %p', (step, last) => {
    expect(errorOf(step, ['no space left on device', last]).code).toBe('build-failed');
  });
});
