import { describe, expect, it } from '@jest/globals';
import { openDesk } from '../support/desk.ts';
import { requireLab } from '../support/lab.ts';

const lab = await requireLab();
const LIMIT_MS = 600_000;

/** Nothing in the lab emulates it. */
const foreign = 'linux/s390x';

describe('a platform that this builder cannot build', () => {
  it(
    'is left out at a desk, with a notice, and the rest is released',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('slipway.yml', (text) =>
        text.replace('platforms: [linux/amd64]', `platforms: [linux/amd64, ${foreign}]`),
      );
      await desk.commit();
      const run = await desk.slipway('run', '--image', 'base');
      expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^released 1 image/) });
      expect(run.stderr).toContain(`base is built without ${foreign}: this builder has no emulation for it`);
      expect(run.stdout).toMatch(/^base +\w{12} +linux\/amd64 +1 of 1 passed/m);
    },
    LIMIT_MS,
  );

  it(
    'stops a run into a registry of others, where what was asked for is published or nothing',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('slipway.yml', (text) =>
        text.replace('platforms: [linux/amd64]', `platforms: [linux/amd64, ${foreign}]`),
      );
      await desk.commit();
      const run = await desk.slipway('run', '--image', 'base', '--to', `${lab.registry}/${desk.id}`);
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain('nothing was released: base failed');
      expect(run.stdout).toContain('error build-failed');
    },
    LIMIT_MS,
  );

  it('is an error when it is all that was asked for', async () => {
    await using desk = await openDesk(lab);
    await desk.edit('slipway.yml', (text) => text.replaceAll('platforms: [linux/amd64]', `platforms: [${foreign}]`));
    await desk.commit();
    const run = await desk.slipway('run', '--image', 'base');
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('error platform-not-buildable') });
  });
});
