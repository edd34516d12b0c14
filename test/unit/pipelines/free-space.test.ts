import { describe, expect, it } from '@jest/globals';
import { requireSpace, tellUse } from '../../../src/pipelines/free-space.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const mebibyte = 1024 * 1024;

/** A machine with so many free bytes below each folder, and an engine that keeps its images in `/engine`. */
function machine(free: Readonly<Record<string, number>>, env: Readonly<Record<string, string>> = {}) {
  const files = {
    ...createMemoryFiles({ '/engine/x': '' }),
    freeBytes: async (path: string) => free[path] ?? 1024 ** 4,
  };
  const exec = scriptedExec([
    { program: 'docker', args: ([verb]) => verb === 'info', result: { stdout: '/engine\n' } },
  ]);
  return { files, exec, env, log: recordingLog() };
}

describe('the space for a run', () => {
  it('is not spoken of where there is enough', async () => {
    const ports = machine({});
    await requireSpace(ports, '/run');
    expect(ports.log.entries).toEqual([]);
  });

  it.each(['/run', '/engine'])('is refused with the numbers where %s has almost none', async (path) => {
    await expect(requireSpace(machine({ [path]: 100 * mebibyte }), '/run')).rejects.toMatchObject({
      code: 'disk-space',
      exitCode: 4,
      where: path,
      what: expect.stringMatching(/^only 104\.9 MB are free on the disk of .*; at least 209\.7 MB are needed$/),
    });
  });

  it.each(['/run', '/engine'])('is warned of where %s has little', async (path) => {
    const ports = machine({ [path]: 500 * mebibyte });
    await requireSpace(ports, '/run');
    expect(ports.log.texts('warning')).toEqual([expect.stringMatching(/^only 524\.3 MB are free on the disk of /)]);
  });

  it.each([[{ DOCKER_HOST: 'tcp://engine:2376' }], [{ DOCKER_HOST: 'ssh://engine' }], [{ DOCKER_CONTEXT: 'far' }]])(
    'of an engine elsewhere is not looked at: %j',
    async (env) => {
      const ports = machine({ '/engine': 0 }, env);
      await requireSpace(ports, '/run');
      expect(ports.exec.calls).toEqual([]);
    },
  );

  it('that was taken is said: the sum of all files, with links counted as what they are', async () => {
    const { files, log } = machine({ '/run': 5_000_000 });
    await files.write('/run/a/b', '12345');
    await files.write('/run/c', '123');
    await files.write('/other', '1'.repeat(1000));
    await files.makeLink('/run/a/link', '/other');
    await tellUse({ files, log }, '/run');
    expect(log.texts('info')).toEqual(['this run put 14 B on the disk, which has 5.0 MB left']);
  });
});
