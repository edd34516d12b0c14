import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { root } from '../project.ts';
import type { Failure, Outcome } from './outcome.ts';

/** The part of jest's `--json` that counts. */
const JestReport = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});
type Suite = z.infer<typeof JestReport>['testResults'][number];

/** What jest wrote; nothing when it died before, which `verdictOf` counts as a failure. */
export async function readReport(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Counts jest's results so that no way to end badly looks green. */
export function verdictOf(report: unknown, exitCode: number): Outcome {
  const read = JestReport.safeParse(report);
  if (!read.success) return failed(`it left no report, and ended with exit code ${exitCode}`);
  const { numPassedTests, testResults } = read.data;
  const failures = testResults.flatMap(failuresOf);
  if (failures.length > 0) return { passed: numPassedTests, failures };
  if (numPassedTests === 0) return failed('it ran no test');
  if (exitCode !== 0)
    return { ...failed(`every test passed, and yet it ended with ${exitCode}`), passed: numPassedTests };
  return { passed: numPassedTests, failures };
}

/** A suite that could not run has no failed tests, only a message. */
function failuresOf(suite: Suite): Failure[] {
  const file = path.relative(root, suite.name);
  const tests = suite.assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return suite.status === 'failed' ? [{ name: file, message: suite.message }] : [];
  return tests.map(({ fullName, failureMessages }) => ({
    name: `${file} › ${fullName}`,
    message: (failureMessages ?? []).join('\n'),
  }));
}

function failed(message: string): Outcome {
  return { passed: 0, failures: [{ name: 'jest', message }] };
}
