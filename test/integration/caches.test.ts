import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { crane, requireLab, requireRemoteBuilder, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const RunDocument = z.object({
  plan: z.object({
    images: z.array(
      z.object({ key: z.string(), cache: z.object({ from: z.array(z.string()), to: z.array(z.string()) }) }),
    ),
  }),
  images: z.array(z.object({ key: z.string(), kind: z.string(), cached: z.number(), executed: z.number() })),
});

const lab = requireLab();
const builder = requireRemoteBuilder(lab);

describe('the caches of a run', () => {
  let desk: Desk;
  let prefix: string;
  let first: Finished;

  beforeAll(async () => {
    desk = await openDesk(lab);
    prefix = `${lab.registry}/${desk.id}/hello`;
    await desk.edit(
      'greeter/Dockerfile',
      (text) => `${text.trimEnd()}\nRUN echo ${desk.id} > /tmp/made\nCOPY last /last\n`,
    );
    await desk.commit({ 'greeter/last': 'one\n' });
    first = await desk.slipway('run', '--json', '--builder', builder, '--to', prefix);
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('are written to the registry, one for each image', async () => {
    expect(first).toMatchObject({ exitCode: 0 });
    expect([...(await tagsOf(lab, `${prefix}/slipway-cache`))].sort()).toEqual(['base', 'clock', 'greeter']);
  });

  it('that are not there yet are named, and fail nothing', () => {
    expect(first.stderr).toMatch(/greeter: no cache was used from .*slipway-cache:greeter/);
  });

  it(
    'are read by another builder, which then only does what changed',
    async () => {
      await desk.commit({ 'greeter/last': 'two\n' });
      const again = await desk.slipway('run', '--json', '--to', prefix);
      expect(again).toMatchObject({ exitCode: 0 });
      const { images } = RunDocument.parse(JSON.parse(again.stdout));
      expect(images.map(({ key }) => key)).toEqual(['greeter']);
      // The last COPY, and nothing of the steps before it.
      expect(images[0]?.executed).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'are read and not written on a pull request',
    async () => {
      const before = await crane(lab, 'digest', `${prefix}/slipway-cache:greeter`);
      await desk.commit({ 'greeter/last': 'three\n' });
      const run = await desk.slipway('run', '--json', '--event', 'pull_request', '--to', prefix);
      expect(run).toMatchObject({ exitCode: 0 });
      const greeter = RunDocument.parse(JSON.parse(run.stdout)).plan.images.find(({ key }) => key === 'greeter');
      expect(greeter?.cache).toEqual({ from: [`type=registry,ref=${prefix}/slipway-cache:greeter`], to: [] });
      expect(await crane(lab, 'digest', `${prefix}/slipway-cache:greeter`)).toBe(before);
    },
    LIMIT_MS,
  );

  it(
    'are none where the registry lies in this folder: the builder has its own',
    async () => {
      const run = await desk.slipway('run', '--json', '--builder', builder);
      expect(run).toMatchObject({ exitCode: 0 });
      const { plan } = RunDocument.parse(JSON.parse(run.stdout));
      expect(plan.images.flatMap(({ cache }) => [...cache.from, ...cache.to])).toEqual([]);
    },
    LIMIT_MS,
  );
});
