import { type TestResult, withWaiver } from '../domain/test-result.ts';
import type { TestPorts } from './testing/attempt.ts';
import { checkExpectation } from './testing/expectations.ts';
import { runPlanned } from './testing/planned-run.ts';
import { onEachPlatform, type TestInputs } from './testing/subjects.ts';
import { TestLog } from './testing/test-log.ts';

/** Holds an image against its expectations, and runs its tests, on every platform that was built, with exactly those bytes. */
export async function test(ports: TestPorts, inputs: TestInputs): Promise<readonly TestResult[]> {
  const { image, built, store } = inputs;
  const results: TestResult[] = [];
  if (image.expect !== null) {
    for (const platform of built.platforms) {
      ports.log.task(image.key, { kind: 'working', text: `expectations on ${platform.platform}` });
      results.push(await checkExpectation(ports, { store, platform }, image.expect));
    }
  }
  if (image.tests.length > 0) results.push(...(await runTests(ports, inputs)));
  return results.map((result) => withWaiver(result, image.waivers));
}

async function runTests(ports: TestPorts, inputs: TestInputs): Promise<readonly TestResult[]> {
  const { image, logFolder } = inputs;
  const log = new TestLog(ports.files, logFolder, image.logName);
  const results: TestResult[] = [];
  await onEachPlatform(ports, inputs, async (subject) => {
    for (const planned of image.tests) results.push(await runPlanned(ports, { subject, test: planned }, log));
  });
  return results;
}
