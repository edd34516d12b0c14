import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DevcontainerDesk, openDevcontainerDesk, smallDevcontainer } from '../support/devcontainer.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';
import { failuresOf, jobOf, openRunner, type Run, type Runner, stepsOf } from '../support/runner.ts';
import { mainPush, pullRequest } from '../support/runner-hello.ts';

const LIMIT_MS = 900_000;
const lab = requireLab();
const workflow = '.github/workflows/work.yml';

/** A repository's own workflow: the reusable one, and a job that works on with what it hands on. */
function callerOf(image: string): string {
  return [
    'name: work',
    'on: [push, pull_request]',
    'permissions: {}',
    'jobs:',
    '  container:',
    '    permissions: { contents: read, packages: write }',
    '    uses: org/slipway/.github/workflows/devcontainer.yml@v1',
    '    with:',
    `      image: ${image}`,
    '      run: |',
    '        cat app.txt',
    '        cat /word',
    '  after:',
    '    needs: container',
    '    runs-on: ubuntu-latest',
    '    steps:',
    '      - env:',
    '          OUTPUTS: ${{ toJSON(needs.container.outputs) }}',
    '        run: echo "$OUTPUTS" | tr -d "\\n"',
    '',
  ].join('\n');
}

describe('a repository that calls the reusable workflow', () => {
  let desk: DevcontainerDesk;
  let runner: Runner;
  let pushed: Run;
  let proposed: Run;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
    await desk.write({ [workflow]: callerOf(desk.image) });
    runner = await openRunner(lab);
    const request = { folder: desk.folder, workflow, secrets: { GITHUB_TOKEN: 'a-token-of-the-job' } };
    pushed = await runner.run({ ...request, ...mainPush });
    proposed = await runner.run({ ...request, ...pullRequest('stranger/hello') });
  }, LIMIT_MS);

  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  const handedOn = (run: Run): Readonly<Record<string, string>> =>
    JSON.parse(
      jobOf(run, 'after')
        .steps.flatMap(({ lines }) => lines.filter((line) => line.startsWith('{')))
        .join(''),
    );

  it('has its image published by a push, and gets the digest and what the command said in its next job', async () => {
    expect([failuresOf(pushed), pushed.exitCode]).toEqual([[], 0]);
    const digest = await crane(lab, 'digest', `${desk.image}:latest`);
    expect(handedOn(pushed)).toMatchObject({
      image: `${desk.image}@${digest}`,
      digest,
      mode: 'build',
      pushed: 'true',
      'command-output': `an app\n${desk.id}`,
    });
  });

  it('has it taken as it is by a pull request of a fork', async () => {
    expect([failuresOf(proposed), proposed.exitCode]).toEqual([[], 0]);
    const { digest, tag } = handedOn(pushed);
    expect(handedOn(proposed)).toMatchObject({ digest, tag, mode: 'reuse', pushed: 'false' });
    expect(stepsOf(proposed, 'devcontainer-prebuild')[0]?.outputs['push-reason']).toBe('event');
    const tags = (await tagsOf(lab, desk.image)).filter((one) => !one.startsWith('sha256-'));
    expect([...tags].sort()).toEqual([tag, 'latest'].sort());
  });
});
