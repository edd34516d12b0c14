import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFaultProxy } from '../support/fault-proxy/proxy.ts';
import { type Lab, requireLab } from '../support/lab.ts';
import { jobOf, openRunner, type Runner, resultsOf } from '../support/runner.ts';
import { mainPush, openHello } from '../support/runner-hello.ts';

const LIMIT_MS = 900_000;
const workflow = '.github/workflows/images.yml';

let lab: Lab;
let runner: Runner;

beforeAll(async () => {
  lab = requireLab();
  runner = await openRunner(lab);
}, LIMIT_MS);

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
}, LIMIT_MS);

describe('images.yml, called by a workflow without packages: write', () => {
  it(
    'ends with its first job, which says which line to add',
    async () => {
      const body = { errors: [{ code: 'DENIED', message: 'permission_denied: write_package' }] };
      await using proxy = await startFaultProxy({
        upstream: `http://${lab.registry}`,
        rules: [{ match: { kind: 'upload-start' }, always: true, fault: { kind: 'answer', status: 403, body } }],
      });
      await using hello = await openHello(lab);
      await hello.desk.edit('slipway.yml', (text) => text.replace(lab.registry, proxy.host));
      await hello.desk.commit();
      const run = await runner.run({ folder: hello.folder, workflow, ...mainPush });
      expect(run.exitCode).toBe(1);
      // Nothing was built: no other job has begun.
      expect(resultsOf(run)).toEqual({ plan: 'failure' });
      const [error = ''] = jobOf(run, 'plan').steps.flatMap(({ errors }) => errors);
      expect(error).toMatch(/^registry-denied: .*the right to push/);
      expect(error).toContain('state: nothing was built and nothing was released');
      expect(error).toContain('    permissions:\n      contents: read\n      packages: write');
      expect(await hello.tags()).toEqual({ base: [], clock: [], greeter: [] });
    },
    LIMIT_MS,
  );

  it(
    'ends with its first job where the secrets of builds are not handed on',
    async () => {
      await using hello = await openHello(lab, (text) =>
        text.replace('  clock:\n', '  clock:\n    secrets: { index-token: { env: INDEX_TOKEN } }\n'),
      );
      const run = await runner.run({ folder: hello.folder, workflow, ...mainPush });
      expect(resultsOf(run)).toEqual({ plan: 'failure' });
      const [error = ''] = jobOf(run, 'plan').steps.flatMap(({ errors }) => errors);
      expect(error).toMatch(/^secret-missing: clock asks for the secret index-token/);
      expect(error).toContain('      build-secrets: |\n        index-token=${{ secrets.INDEX_TOKEN }}');
    },
    LIMIT_MS,
  );
});
