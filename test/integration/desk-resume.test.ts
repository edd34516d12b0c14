import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type Desk, openDesk } from '../support/desk.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

const Ran = z.object({
  plan: z.object({
    run: z.object({ id: z.string() }),
    images: z.array(z.object({ key: z.string() })),
    carried: z.array(z.object({ key: z.string(), digest: z.string(), why: z.string() })),
  }),
  images: z.array(z.object({ kind: z.string(), key: z.string(), record: z.object({ digest: z.string() }).optional() })),
});

const ran = (text: string): z.infer<typeof Ran> => Ran.parse(JSON.parse(text));
const digestOf = (document: z.infer<typeof Ran>, key: string): string =>
  document.images.find((one) => one.key === key)?.record?.digest ??
  document.plan.carried.find((one) => one.key === key)?.digest ??
  '';
/** A test that goes on for longer than a run is left alone. */
const slow = 'sleep 300';

const textOf = (desk: Desk, file: string): Promise<string> => readFile(path.join(desk.folder, file), 'utf8');

async function tags(desk: Desk, key: string): Promise<readonly string[]> {
  await using registry = await desk.serve();
  return (await tagsOf(lab, `${registry.host}/org/hello/${key}`)).filter((tag) => !tag.startsWith('sha256-'));
}

async function stores(desk: Desk): Promise<readonly string[]> {
  return readdir(path.join(desk.folder, '.slipway/stores')).catch(() => []);
}

describe('slipway run after Ctrl-C', () => {
  it(
    'goes on: what was proven is not built again, and what was only built is tested as it is',
    async () => {
      await using desk = await openDesk(lab);
      const quick = (text: string): string => text.replace(`'${slow}'`, `'greet Ada | grep -q "^Hello, Ada"'`);
      await desk.edit('slipway.yml', (text) => text.replace(`'greet Ada | grep -q "^Hello, Ada"'`, `'${slow}'`));
      expect(quick(await textOf(desk, 'slipway.yml'))).not.toBe(await textOf(desk, 'slipway.yml'));
      await desk.commit();
      const stopped = desk.start(['run']);
      await stopped.said(/^clock: passed sha256:/m);
      await stopped.said(/^greeter: test it greets by name/m);
      stopped.signal('SIGINT');
      const first = await stopped.ended;
      expect(first).toMatchObject({ exitCode: 130, stderr: expect.stringMatching(/^error cancelled: /m) });
      const built = /^greeter: built: /m.exec(first.stderr);
      expect(built).not.toBeNull();
      // Not a tag moved, and the folder of the run is gone; what was built lies where the next command finds it.
      expect([await tags(desk, 'base'), await tags(desk, 'clock'), await tags(desk, 'greeter')]).toEqual([[], [], []]);
      expect(await stores(desk)).toEqual(['greeter']);
      expect((await desk.leftovers()).filter((left) => /^(run-|container|image)/.test(left))).toEqual([]);

      await desk.edit('slipway.yml', quick);
      await desk.commit();
      const second = await desk.slipway('run', '--json');
      expect(second).toMatchObject({ exitCode: 0 });
      const document = ran(second.stdout);
      expect(document.plan.images.map(({ key }) => key)).toEqual(['greeter']);
      expect(document.plan.carried.map(({ key, why }) => [key, why]).sort()).toEqual([
        ['base', expect.stringContaining('what an earlier run here has uploaded')],
        ['clock', expect.stringContaining('what an earlier run here has uploaded')],
      ]);
      expect(second.stderr).not.toMatch(/: build /);
      expect(second.stderr).toMatch(/^greeter: run desk-[0-9a-f]{12} has built it: sha256:/m);
      expect(second.stderr).toMatch(/^greeter: tested: 1 of 1 passed$/m);
      expect(first.stderr).toContain(`clock: passed ${digestOf(document, 'clock')}`);
      await using registry = await desk.serve();
      for (const key of ['base', 'clock', 'greeter']) {
        expect(await crane(lab, 'digest', `${registry.host}/org/hello/${key}:main`)).toBe(digestOf(document, key));
      }
      expect(await stores(desk)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'builds anew what was changed meanwhile, and says why the rest of the run before is not taken',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('slipway.yml', (text) => text.replace(`'clock | grep -q "^It is 2"'`, `'${slow}'`));
      await desk.commit();
      const stopped = desk.start(['run', '--image', 'clock']);
      await stopped.said(/^clock: test it tells the year/m);
      stopped.signal('SIGINT');
      expect(await stopped.ended).toMatchObject({ exitCode: 130 });
      await desk.edit('slipway.yml', (text) => text.replace(`'${slow}'`, `'clock | grep -q "^It is 2"'`));
      await desk.edit('clock/clock', (text) => `${text}# changed\n`);
      await desk.commit();
      const second = await desk.slipway('run', '--image', 'clock');
      expect(second).toMatchObject({ exitCode: 0 });
      expect(second.stderr).toContain('clock: what the run before has built is not taken: it was built of other files');
      expect(second.stderr).toMatch(/^clock: build /m);
    },
    LIMIT_MS,
  );
});

describe('slipway run --from-run', () => {
  it(
    'publishes the very bytes that a run built whose test was red, once the test is mended',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('slipway.yml', (text) => text.replace('"^It is 2"', '"^It is 9"'));
      await desk.commit();
      const red = await desk.slipway('run', '--json');
      expect(red.exitCode).toBe(1);
      const { id } = ran(red.stdout).plan.run;
      const digest = digestOf(ran(red.stdout), 'clock');
      await desk.edit('slipway.yml', (text) => text.replace('"^It is 9"', '"^It is 2"'));
      await desk.commit();
      const green = await desk.slipway('run', '--json', '--image', 'clock', '--from-run', id);
      expect(green).toMatchObject({ exitCode: 0 });
      expect(green.stderr).not.toMatch(/^clock: build /m);
      expect(digestOf(ran(green.stdout), 'clock')).toBe(digest);
      await using registry = await desk.serve();
      expect(await crane(lab, 'digest', `${registry.host}/org/hello/clock:main`)).toBe(digest);
    },
    LIMIT_MS,
  );

  it(
    'refuses bytes that were built of other files than those that are here',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('slipway.yml', (text) => text.replace('"^It is 2"', '"^It is 9"'));
      const commit = await desk.commit();
      const red = await desk.slipway('run', '--json', '--image', 'clock');
      const { id } = ran(red.stdout).plan.run;
      await desk.edit('clock/clock', (text) => `${text}# changed\n`);
      await desk.commit();
      const refused = await desk.slipway('run', '--image', 'clock', '--from-run', id);
      expect(refused.exitCode).toBe(2);
      expect(refused.stdout).toContain(`error from-run-other-files: clock of run ${id} cannot stand in`);
      expect(refused.stdout).toContain(`check out ${commit.slice(0, 12)}`);
      expect(await tags(desk, 'clock')).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('what a run tells', () => {
  it(
    'is each part of the work, and from the second time on how long it takes; with --quiet it is nothing',
    async () => {
      await using desk = await openDesk(lab);
      const first = await desk.slipway('run', '--image', 'clock');
      expect(first.exitCode).toBe(0);
      for (const said of [
        /^clock: built: \d+ of \d+ steps cached$/m,
        /^clock: tested: 1 of 1 passed$/m,
        /^clock: uploaded$/m,
      ]) {
        expect(first.stderr).toMatch(said);
      }
      expect(first.stderr).not.toContain('as the last time');
      await desk.edit('clock/clock', (text) => `${text}# changed\n`);
      const second = await desk.slipway('run', '--image', 'clock');
      expect(second.stderr).toMatch(/^as the last time, this takes about \d+ s$/m);
      await desk.edit('clock/clock', (text) => `${text}# changed again\n`);
      const quiet = await desk.slipway('run', '--quiet', '--json', '--image', 'clock');
      expect(quiet).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ran(quiet.stdout).images.map(({ key, kind }) => [key, kind])).toEqual([['clock', 'proven']]);
      await desk.edit('clock/clock', () => '#!/bin/sh\necho what it printed\n');
      const red = await desk.slipway('run', '--quiet', '--image', 'clock');
      expect(red).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^nothing was released: clock failed/) });
      expect(red.stderr).toMatch(/^clock: it tells the year on linux\/amd64: exit code 1$/m);
    },
    LIMIT_MS,
  );
});

describe('an image whose context is the whole repository', () => {
  it(
    'holds nothing of what Slipway keeps there, and what its own .dockerignore hides neither',
    async () => {
      await using desk = await openDesk(lab);
      await desk.commit({
        'slipway.yml': [
          'images:',
          '  all:',
          '    context: .',
          '    tests:',
          "      - run: 'test -e /all/VERSION && test ! -e /all/.slipway && test ! -e /all/README.md'",
          '',
        ].join('\n'),
        Dockerfile: `FROM busybox:1.36\nLABEL ${desk.label}\nCOPY . /all\n`,
        '.dockerignore': 'README.md\n',
      });
      const first = await desk.slipway('run', '--json');
      expect(first).toMatchObject({ exitCode: 0 });
      // The second one has a registry, a memory and a log beside it.
      const again = await desk.slipway('run', '--json', '--event', 'workflow_dispatch', '--rebuild-base');
      expect(again).toMatchObject({ exitCode: 0 });
      expect(ran(again.stdout).images.map(({ kind }) => kind)).toEqual(['proven']);
      expect(await textOf(desk, '.dockerignore')).toBe('README.md\n');
    },
    LIMIT_MS,
  );
});
