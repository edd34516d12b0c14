import { describe, expect, it } from '@jest/globals';
import { openDevcontainerDesk } from '../support/devcontainer.ts';
import { requireLab } from '../support/lab.ts';

const LIMIT_MS = 300_000;
const lab = requireLab();

describe('a hook that fails', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['that nobody gives variables', {}],
    ['that gets variables', { env: 'WORD=one' }],
  ])(
    'ends the step, names itself and its exit code, and leaves the command alone: one %s',
    async (_, inputs) => {
      await using desk = await openDevcontainerDesk(lab, (id) => ({
        '.devcontainer/devcontainer.json': JSON.stringify({
          build: { dockerfile: 'Dockerfile' },
          onCreateCommand: 'echo first words',
          postCreateCommand: 'echo last words; exit 7',
          postStartCommand: 'echo never said',
        }),
        '.devcontainer/Dockerfile': `FROM busybox:1.36\nLABEL slipway.test=${id}\n`,
      }));
      const step = await desk.run(await desk.job(), { run: 'echo nor that', push: 'always', ...inputs });
      expect(step.exitCode).not.toBe(0);
      expect(step.errors.join()).toMatch(
        /devcontainer-hook-failed: postCreateCommand from devcontainer.json ended with exit code 7\n/,
      );
      expect(step.stdout).toMatch(/\nfirst words\n(?:.*\n)*last words\n/);
      expect(step.stdout).not.toMatch(/never said|nor that\n/);
      expect(step.outputs.pushed ?? 'false').toBe('false');
    },
    LIMIT_MS,
  );
});
