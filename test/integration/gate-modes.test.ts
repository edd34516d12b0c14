import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Verdict } from '../../src/domain/verdict.ts';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { requireLab, requireRemoteBuilder, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const RunDocument = z.object({
  plan: z.object({ notes: z.array(z.string()) }),
  verdict: Verdict.nullable(),
  release: z.object({ state: z.string() }).nullable(),
});

const lab = requireLab();
const remote = requireRemoteBuilder(lab);

describe('slipway run with another mode of the gate', () => {
  let desk: Desk;
  let prefix: string;

  beforeAll(async () => {
    desk = await openDesk(lab);
    // A step that another test has built on one of the builders would come from there, and not from the cache.
    await desk.edit('base/Dockerfile', (text) => text.replace('; true', `; : ${desk.id}`));
    await desk.commit();
    prefix = `${lab.registry}/${desk.id}/gate`;
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  const run = (...words: readonly string[]): Promise<Finished> =>
    desk.slipway('run', '--json', '--to', prefix, ...words);
  const documentOf = ({ stdout, stderr }: Finished) => {
    if (stdout === '') throw new Error(stderr);
    return RunDocument.parse(JSON.parse(stdout));
  };
  const publishedTags = async (): Promise<readonly string[]> =>
    (await tagsOf(lab, `${prefix}/greeter`)).filter((tag) => !tag.startsWith('sha256-'));

  it(
    'proves with a second build on another builder, from the cache, that the set is what was tested',
    async () => {
      const done = await run('--gate', 'rebuild', '--gate-builder', remote);
      const { verdict, release } = documentOf(done);
      expect(verdict).toMatchObject({ mode: 'rebuild', state: 'match' });
      expect(verdict?.images.map(({ reasons }) => reasons)).toEqual([[], [], []]);
      expect(release?.state).toBe('released');

      const verified = await desk.slipway('verify', '--registry', prefix);
      expect([verified.exitCode, verified.stdout]).toEqual([0, expect.stringMatching(/^match \(promote\)\n/)]);
      const elsewhere = await desk.slipway('verify', '--registry', `${prefix}/nowhere`, '--json');
      expect(elsewhere.exitCode).toBe(1);
      expect(Verdict.parse(JSON.parse(elsewhere.stdout)).state).toBe('unverifiable');
    },
    LIMIT_MS,
  );

  it(
    'shows on its line what a context that changed between test and gate did, and moves no tag',
    async () => {
      const before = await publishedTags();
      // Whatever runs beside a job may write into its checkout.
      await desk.edit('slipway.yml', (text) => withHostTest(text, 'echo again >> greeter/greet'));
      await desk.commit();
      const done = await run('--gate', 'rebuild', '--gate-builder', remote);
      const { verdict, release } = documentOf(done);
      expect([done.exitCode, verdict?.state, release]).toEqual([1, 'mismatch', null]);
      const difference = verdict?.images.find(({ key }) => key === 'greeter')?.difference;
      const lines = (await readDesk(desk, 'greeter/Dockerfile')).split('\n');
      const line = lines.findIndex((text) => text.startsWith('COPY')) + 1;
      expect(difference).toMatchObject({
        dockerfile: 'greeter/Dockerfile',
        layer: { line, instruction: expect.stringMatching(/^COPY /) },
        cause: expect.stringMatching(/^context: COPY .*greet \(content/),
      });
      expect(await publishedTags()).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'does not call a cache that was not used tampering',
    async () => {
      await desk.edit('slipway.yml', (text) => `${text}\ncache:\n  type: registry\n  ref: 127.0.0.1:1/cache:{key}\n`);
      await desk.edit(
        'clock/Dockerfile',
        (text) => `${text.trimEnd()}\nRUN cat /proc/sys/kernel/random/uuid > /tmp/built\n`,
      );
      await desk.commit();
      const done = await run('--gate', 'layers', '--gate-builder', remote, '--image', 'clock');
      const { verdict, release } = documentOf(done);
      expect([done.exitCode, verdict?.state, release]).toEqual([1, 'unverifiable', null]);
      expect(verdict?.warnings).toEqual([expect.stringMatching(/^the mode layers .* cannot see .*ENTRYPOINT/)]);
      const reasons = verdict?.images.find(({ key }) => key === 'clock')?.reasons;
      expect(reasons).toEqual([
        expect.stringMatching(/^The cache for clock was not used.* Cause: cache export failed in the test job \(/),
      ]);
    },
    LIMIT_MS,
  );
});

function withHostTest(text: string, command: string): string {
  return text.replace(/( {2}greeter:\n(?:.*\n)*? {4}tests:\n)/, `$1      - name: meddle\n        host: ${command}\n`);
}

async function readDesk(desk: Desk, file: string): Promise<string> {
  let found = '';
  await desk.edit(file, (text) => {
    found = text;
    return text;
  });
  return found;
}
