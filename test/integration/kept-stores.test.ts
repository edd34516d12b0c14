import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

const Step = z.object({
  step: z.string(),
  images: z.array(
    z.object({
      kind: z.string(),
      key: z.string(),
      from: z.string(),
      record: z.object({ digest: z.string(), test: z.string() }).optional(),
      error: z.object({ code: z.string() }).optional(),
    }),
  ),
});
const Kept = z.object({
  run: z.object({ id: z.string() }),
  why: z.string().nullable(),
  built: z.object({ digest: z.string() }),
});

const imagesOf = ({ stdout }: Finished) => Step.parse(JSON.parse(stdout)).images;
const digestsOf = (finished: Finished) =>
  Object.fromEntries(imagesOf(finished).map(({ key, record }) => [key, record?.digest]));
const keptOf = async (desk: Desk, key: string) =>
  Kept.parse(JSON.parse(await readFile(path.join(desk.folder, '.slipway/stores', key, 'kept.json'), 'utf8')));

describe('one step at a desk', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(lab);
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'builds an image and its base once, and tests those very bytes without building again',
    async () => {
      const built = await desk.slipway('build', '--image', 'greeter', '--json');
      expect(built).toMatchObject({ exitCode: 0 });
      const digests = digestsOf(built);
      expect(Object.keys(digests).sort()).toEqual(['base', 'greeter']);
      expect((await keptOf(desk, 'greeter')).built.digest).toBe(digests.greeter);

      const tested = await desk.slipway('test', '--image', 'greeter', '--json');
      expect(tested).toMatchObject({ exitCode: 0 });
      expect(imagesOf(tested)).toEqual([
        expect.objectContaining({ key: 'greeter', kind: 'proven', from: 'kept in .slipway/stores/greeter' }),
      ]);
      expect(digestsOf(tested)).toEqual({ greeter: digests.greeter });
      expect(tested.stderr).not.toContain('build ');
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  describe('after a run whose test failed', () => {
    let run: Finished;
    let kept: z.infer<typeof Kept>;

    beforeAll(async () => {
      await desk.edit('slipway.yml', (text) =>
        text.replace('^Hello, Ada"\'', '^Bye, Ada"\'\n        env: { WHO: "{key} of the test" }\n        user: "4711"'),
      );
      await desk.commit();
      run = await desk.slipway('run', '--image', 'greeter');
      kept = await keptOf(desk, 'greeter');
    }, LIMIT_MS);

    const command = () => /: slipway (.*)$/.exec(run.stdout.trimEnd().split('\n').at(-1) ?? '')?.[1]?.split(' ') ?? [];

    it(
      'the last line is the command that tests those very bytes again, and it does',
      async () => {
        expect(run.exitCode).toBe(1);
        expect(command()).toEqual(['test', '--image', 'greeter']);
        expect(kept).toMatchObject({ why: 'test-failed', run: { id: expect.stringMatching(/^desk-/) } });
        const again = await desk.slipway(...command(), '--json');
        expect(again.exitCode).toBe(1);
        expect(imagesOf(again)).toEqual([
          expect.objectContaining({ kind: 'failed', error: expect.objectContaining({ code: 'test-failed' }) }),
        ]);
        expect(digestsOf(again)).toEqual({ greeter: kept.built.digest });
        const text = await desk.slipway(...command());
        expect(text.stdout).toContain('To look around inside: slipway test --image greeter --shell\n');
      },
      LIMIT_MS,
    );

    it('keeps nothing of what passed', async () => {
      expect(await readdir(path.join(desk.folder, '.slipway/stores'))).toEqual(['greeter']);
    });

    it(
      'a shell in it has the user and the variables of its test, and leaves nothing behind',
      async () => {
        const script = 'echo "it is $WHO, $(id -u), $(greet Ada)"; exit 3\n';
        const shell = await desk.start([...command(), '--shell'], {}, script).ended;
        expect(shell.stdout).toBe('it is greeter of the test, 4711, Hello, Ada!\n');
        expect(shell.exitCode).toBe(1);
        expect((await desk.start([...command(), '--shell'], {}, 'true\n').ended).exitCode).toBe(0);
        expect(await desk.inEngine()).toEqual([]);
      },
      LIMIT_MS,
    );

    it(
      'the same bytes pass once the test is mended, and are built anew once the image is',
      async () => {
        await desk.edit('slipway.yml', (text) => text.replace('^Bye, Ada', '^Hello, Ada'));
        const mended = await desk.slipway('test', '--image', 'greeter', '--json');
        expect([mended.exitCode, digestsOf(mended)]).toEqual([0, { greeter: kept.built.digest }]);
        await desk.edit('greeter/greet', (text) => `${text}# changed\n`);
        const other = await desk.slipway('test', '--image', 'greeter', '--json');
        expect(other.stderr).toContain('greeter: nothing is kept here for these files, so it is built first');
        expect(digestsOf(other).greeter).not.toBe(kept.built.digest);
      },
      LIMIT_MS,
    );
  });

  it(
    'tests what a run at this desk has published, by its id',
    async () => {
      const clean = await openDesk(lab);
      await using _ = clean;
      const run = await clean.slipway('run', '--image', 'base', '--json');
      const { plan, images } = z
        .object({
          plan: z.object({ run: z.object({ id: z.string() }) }),
          images: z.array(z.object({ record: z.object({ digest: z.string() }) })),
        })
        .parse(JSON.parse(run.stdout));
      const tested = await clean.slipway('test', '--image', 'base', '--from-run', plan.run.id, '--json');
      expect([tested.exitCode, digestsOf(tested)]).toEqual([0, { base: images[0]?.record.digest }]);
      expect(tested.stderr).not.toContain('built first');
      const other = await clean.slipway(
        'test',
        '--image',
        'stranger',
        '--store',
        `${clean.folder}/nowhere`,
        '--run',
        'id',
      );
      expect(other.stderr).toMatch(/^error store-missing: /m);
      const stores = path.join(clean.folder, '.slipway/mine');
      await clean.slipway('build', '--image', 'base');
      await cp(path.join(clean.folder, '.slipway/stores/base/image'), stores, { recursive: true });
      const asked = ['test', '--image', 'stranger', '--store', stores];
      const stranger = await clean.slipway(...asked, '--run', 'test "$(id -u)" = 1000; exit 7', '--json');
      expect([stranger.exitCode, imagesOf(stranger)[0]?.error?.code]).toEqual([1, 'test-failed']);
      expect((await clean.slipway(...asked)).stderr).toMatch(/^error image-unknown: /m);
      const unknown = await clean.slipway('test', '--image', 'base', '--from-run', 'desk-0123456789ab');
      expect(unknown.exitCode).toBe(2);
      expect(unknown.stderr).toMatch(
        /^error run-unknown: .*\n {2}where: --from-run\n {2}state: nothing was tested\n {2}next: /m,
      );
    },
    LIMIT_MS,
  );
});
