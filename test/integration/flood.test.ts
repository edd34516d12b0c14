import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type EndedStep, openJob } from '../support/action-step.ts';
import { requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const mebibyte = 1024 * 1024;

describe('T26 a test that prints without end', () => {
  it(
    'T26 prints 1 GiB and a line of 50 MiB, and the step takes 110 MiB for it and no more',
    async () => {
      await using job = await openJob(lab, { isFromSource: true });
      const at = (name: string) => path.join(job.temp, name);
      const hook =
        "import { writeFileSync } from 'node:fs';\nprocess.on('exit', () => writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));\n";
      await writeFile(at('peak.mjs'), hook);
      await mkdir(path.join(job.workspace, 'app'));
      await writeFile(path.join(job.workspace, 'app/Dockerfile'), 'FROM busybox:1.36\n');
      /** Runs this as the test of an image, and tells the most memory that the step ever had. */
      const peakOf = async (test: string): Promise<{ readonly step: EndedStep; readonly bytes: number }> => {
        const env = { NODE_OPTIONS: `--import=${at('peak.mjs')}`, PEAK: at('peak') };
        const step = await job.run('build-test', { name: 'app', context: 'app', test }, { env });
        return { step, bytes: Number(await readFile(at('peak'), 'utf8')) * 1024 };
      };
      const lines = `yes ${'x'.repeat(1023)} | head -n 1048576`;
      const { step, bytes } = await peakOf(
        `${lines}; head -c ${50 * mebibyte} /dev/zero | tr '\\0' y; echo; echo the end; false`,
      );
      expect([step.exitCode, step.errors]).toEqual([1, [expect.stringMatching(/^test-failed: /)]]);
      expect(step.stdout).toContain('the end');
      expect(step.stdout.length).toBeLessThan(10 * mebibyte);
      // What runs from source has its compiler with it, so the flood is told by the difference to a word.
      const { bytes: usual } = await peakOf('echo a word; false');
      expect(usual).toBeGreaterThan(50 * mebibyte);
      expect(bytes - usual).toBeLessThan(110 * mebibyte);
    },
    LIMIT_MS,
  );
});
