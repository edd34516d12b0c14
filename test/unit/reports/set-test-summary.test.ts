import { expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { SetTestResult } from '../../../src/domain/set-test.ts';
import { setTestSummary } from '../../../src/reports/set-test-summary.ts';

const result: SetTestResult = {
  schema: 'slipway.set-test/1',
  set: digestOf('set'),
  test: digestOf('test'),
  name: 'make smoke',
  state: 'passed',
  exitCode: 0,
  reason: '',
  durationMs: 1_250,
  images: [{ key: 'app', digest: digestOf('app') }],
  run: { id: '1', number: 1, attempt: 1 },
};

it('says how the test of a set ended, and with which bytes it ran', () => {
  const text = setTestSummary(result);
  expect(text).toMatch(/^### The set together: passed\n\nmake smoke with 1 image, 1\.3 s\n/);
  expect(text).toContain(`| \`app\` | \`${digestOf('app')}\` |`);
});

it('says of a red one why, and where its log is', () => {
  const text = setTestSummary({ ...result, state: 'failed', reason: 'exit code 3 </details>' });
  expect(text).toContain('### The set together: failed');
  expect(text).toContain('exit code 3');
  expect(text).toContain('The log is the artifact set-test-log.');
  expect(text).not.toContain('</details>');
});
