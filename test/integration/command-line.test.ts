import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { root } from '../../script/commands/project.ts';
import { Plan } from '../../src/domain/plan.ts';
import { type Desk, openDesk, type ServedRegistry } from '../support/desk.ts';
import { crane, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const commands = ['run', 'plan', 'inspect', 'copy', 'registry', 'prune', 'doctor'];
const SHA256 = /^sha256:[0-9a-f]{64}$/;

const Inspected = z.object({
  digest: z.string().regex(SHA256),
  mediaType: z.string(),
  platforms: z.array(
    z.object({
      platform: z.string(),
      digest: z.string().regex(SHA256),
      config: z.string().regex(SHA256),
      fingerprint: z.string().regex(SHA256),
      layers: z.string().regex(/^[0-9a-f]{64}$/),
      diffIds: z.array(z.string().regex(SHA256)).min(1),
    }),
  ),
  record: z.object({ key: z.string(), digest: z.string() }).nullable(),
});
const ImageConfig = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

const lab = requireLab();
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk(lab, { arm64: true });
}, LIMIT_MS);

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
}, LIMIT_MS);

describe('help', () => {
  it.each([[['--help']], [['help']]])('of the program lists every command and every exit code: %j', async (args) => {
    const { exitCode, stdout, stderr } = await desk.slipway(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} {2,}\\S`, 'm'));
    expect(stdout).toMatch(/0 done, 1 refused, 2 .*, 3 .*, 4 .*, 5 .*, 70 /);
  });

  it('is shown, with exit code 2, to somebody who names no command', async () => {
    expect(await desk.slipway()).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('slipway COMMAND') });
  });

  it.each([
    ['run', ['repo', 'config', 'event', 'ref', 'rebuild-base', 'image', 'json', 'to', 'builder']],
    ['plan', ['repo', 'config', 'event', 'ref', 'rebuild-base', 'image', 'json', 'registry', 'offline']],
    ['inspect', ['json', 'check']],
    ['copy', ['image', 'json']],
    ['prune', ['older-than', 'json']],
    ['registry', ['dir', 'port']],
    ['doctor', ['json']],
  ])('of %s explains each of its options', async (command, options) => {
    const { exitCode, stdout, stderr } = await desk.slipway(command, '--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^slipway ${command}`));
    for (const option of options) expect(stdout).toMatch(new RegExp(`^ {2}--${option}\\b.* {2,}\\S`, 'm'));
  });

  it('says which version this is', async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
    expect(await desk.slipway('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a command that is not understood', () => {
  it.each([
    ['a mistyped command', ['rnu'], '"rnu"', /did you mean slipway run\?/],
    ['a command that nothing is like', ['celebrate'], '"celebrate"', /slipway --help/],
    ['a mistyped option', ['run', '--biulder', 'x'], '--biulder', /did you mean --builder\?/],
    ['an option of another command', ['doctor', '--offline'], '--offline', /./],
    ['an option without its value', ['run', '--to'], '--to', /./],
    ['a word too many', ['plan', 'greeter'], '"greeter"', /slipway plan --help/],
    ['nothing to inspect', ['inspect'], 'name one image', /slipway inspect/],
    ['a registry that is to do something else', ['registry', 'stop'], 'serve', /registry serve --dir/],
    ['a registry without a folder', ['registry', 'serve'], '--dir', /registry serve --dir/],
    ['a port that is none', ['registry', 'serve', '--dir', 'x', '--port', '70000'], '"70000" is no port', /65535/],
  ])('gets exit code 2 and what to write instead: %s', async (_, args, what, next) => {
    const { exitCode, stdout, stderr } = await desk.slipway(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const parts = /^error \S+: (.*)\n {2}where: the command line\n {2}state: \S.*\n {2}next: {2}(.*)\n$/.exec(stderr);
    expect([stderr, parts?.[1]]).toEqual([stderr, expect.stringContaining(what)]);
    expect(parts?.[2]).toMatch(next);
  });
});

describe('slipway plan', () => {
  it('prints the plan of a push as JSON, and asks nobody when it is offline', async () => {
    const args = ['plan', '--json', '--offline', '--registry', '127.0.0.1:1/shipyard'];
    const { exitCode, stdout, stderr } = await desk.slipway(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const plan = Plan.parse(JSON.parse(stdout));
    expect(plan).toMatchObject({
      schema: 'slipway.plan/1',
      version: '1.0.0',
      event: { name: 'push', ref: 'refs/heads/main' },
      rights: { readCache: true, writeCache: true, stage: true, branchTag: true, versionTag: false, floating: false },
      levels: [['base'], ['greeter', 'clock']],
    });
    expect(plan.images).toMatchObject([
      {
        key: 'base',
        repository: '127.0.0.1:1/shipyard/base',
        dockerfile: 'base/Dockerfile',
        context: 'base',
        target: null,
        platforms: ['linux/amd64', 'linux/arm64'],
        needs: [],
        bases: [{ reference: 'busybox:1.36', key: null, digest: null, platforms: {} }],
        identity: expect.stringMatching(SHA256),
        reason: 'all',
        tags: { immutable: [], floating: ['main'] },
        cache: {
          from: ['type=registry,ref=127.0.0.1:1/shipyard/slipway-cache:base'],
          to: ['type=registry,ref=127.0.0.1:1/shipyard/slipway-cache:base,mode=max,ignore-error=true'],
          fresh: false,
        },
      },
      {
        key: 'greeter',
        needs: ['base'],
        bases: [{ reference: '127.0.0.1:1/shipyard/base:main', key: 'base' }],
        platforms: ['linux/amd64', 'linux/arm64'],
      },
      { key: 'clock', needs: ['base'], platforms: ['linux/amd64'], dockerfile: 'clock/Dockerfile' },
    ]);
    expect(await readdir(desk.folder)).not.toContain('.slipway');
  });

  it('prints only the images that are asked for and what they stand on', async () => {
    const { stdout } = await desk.slipway('plan', '--json', '--offline', '--image', 'clock');
    expect(Plan.parse(JSON.parse(stdout)).levels).toEqual([['base'], ['clock']]);
  });

  it('prints the same for the same, whatever the folder it is called from', async () => {
    const args = ['plan', '--json', '--offline'];
    const [here, there] = await Promise.all([
      desk.slipway(...args),
      desk.slipway(...args, '--repo', `../${path.basename(desk.folder)}`),
    ]);
    expect(JSON.parse(there.stdout)).toEqual(JSON.parse(here.stdout));
  });

  it('prints a table for people, with what, why and the tags to come', async () => {
    const { exitCode, stdout } = await desk.slipway('plan', '--offline', '--ref', 'refs/tags/v1.0.0');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^push of refs\/tags\/v1\.0\.0: 3 to build, 0 carried over/);
    expect(stdout).toMatch(/^clock +build +on base +linux\/amd64 +1\.0\.0, 1\.0, 1, latest +all: /m);
  });
});

describe('what a run has published', () => {
  let registry: ServedRegistry;

  beforeAll(async () => {
    expect(await desk.slipway('run', '--image', 'greeter')).toMatchObject({ exitCode: 0 });
    registry = await desk.serve();
  }, LIMIT_MS);

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('is inspected by its reference, with the digests that crane reads', async () => {
    const reference = `${registry.host}/org/hello/greeter:main`;
    const { exitCode, stdout } = await desk.slipway('inspect', '--json', reference);
    expect(exitCode).toBe(0);
    const image = Inspected.parse(JSON.parse(stdout));
    expect(image.digest).toBe(await crane(lab, 'digest', reference));
    expect(image.record).toMatchObject({ key: 'greeter', digest: image.digest });
    expect(image.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    for (const { platform, digest, diffIds } of image.platforms) {
      expect(digest).toBe(await crane(lab, 'digest', '--platform', platform, reference));
      const config = ImageConfig.parse(JSON.parse(await crane(lab, 'config', '--platform', platform, reference)));
      expect(diffIds).toEqual(config.rootfs.diff_ids);
    }
  });

  it('is inspected by its digest, and as text', async () => {
    const repository = `${registry.host}/org/hello/base`;
    const digest = await crane(lab, 'digest', `${repository}:main`);
    const { exitCode, stdout } = await desk.slipway('inspect', `${repository}@${digest}`);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^digest: ${digest}$`, 'm'));
    expect(stdout).toMatch(/^record: passed, unsigned/m);
  });

  it('is inspected as a store on disk, one image or several', async () => {
    const reference = `${registry.host}/org/hello/base:main`;
    const one = path.join(desk.folder, '.git/one');
    await crane(lab, 'pull', '--format=oci', reference, one);
    const single = Inspected.parse(JSON.parse((await desk.slipway('inspect', '--json', one)).stdout));
    expect(single).toMatchObject({ digest: await crane(lab, 'digest', reference), record: null });

    await crane(lab, 'pull', '--format=oci', `${registry.host}/org/hello/greeter:main`, one);
    const several = z.array(Inspected).parse(JSON.parse((await desk.slipway('inspect', '--json', one)).stdout));
    expect(several).toHaveLength(2);
    expect(several).toContainEqual(single);
  });

  it.each([
    ['a tag that there is not', (host: string) => `${host}/org/hello/base:none`, 3],
    ['a repository that there is not', (host: string) => `${host}/org/hello/none:main`, 3],
    ['a registry that does not answer', () => '127.0.0.1:1/org/hello/base:main', 3],
    ['a folder that is no store', () => './base', 2],
    ['a reference that is none', () => 'ghcr.io/UPPER/case', 2],
  ])('is missed with the right exit code: %s', async (_, reference, exitCode) => {
    const missed = await desk.slipway('inspect', '--json', reference(registry.host));
    expect(missed).toMatchObject({
      exitCode,
      stdout: '',
      stderr: expect.stringMatching(/^error \S+: .*\n(.*\n)* {2}next: /),
    });
  });
});

describe('slipway registry serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address first, takes an image, and ends well on %s',
    async (signal) => {
      const folder = path.join(desk.folder, `.git/served-${signal}`);
      const server = desk.start(['registry', 'serve', '--dir', folder]);
      const address = await server.said(/^http:\/\/127\.0\.0\.1:\d+\n/);
      const reference = `${new URL(address.trim()).host}/copied/${desk.id}:one`;
      const layer = path.join(desk.folder, '.git/empty.tar');
      await writeFile(layer, Buffer.alloc(1024));
      await crane(lab, 'append', '--oci-empty-base', '--new_layer', layer, '--new_tag', reference);
      await crane(lab, 'validate', '--remote', reference);
      server.signal(signal);
      expect(await server.ended).toMatchObject({ exitCode: 0, stdout: address });
    },
  );

  it('refuses a folder that is a file', async () => {
    const refused = await desk.slipway('registry', 'serve', '--dir', 'VERSION');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('where: VERSION') });
  });

  it('says so when its port is taken', async () => {
    const folder = path.join(desk.folder, '.git/taken');
    const server = desk.start(['registry', 'serve', '--dir', folder]);
    const { port } = new URL((await server.said(/^http:\S+\n/)).trim());
    const second = await desk.slipway('registry', 'serve', '--dir', folder, '--port', port);
    server.signal('SIGTERM');
    await server.ended;
    expect(second).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^error (?!bug)\S+: .*\n(.*\n)* {2}next: /),
    });
    expect([2, 4]).toContain(second.exitCode);
  });
});

describe('slipway doctor', () => {
  it('finds all that is needed where the lab is up', async () => {
    const { exitCode, stdout } = await desk.slipway('doctor');
    expect(stdout).not.toContain('MISSING');
    for (const name of ['docker', 'buildx', 'engine', 'builder', 'git']) {
      expect(stdout).toMatch(new RegExp(`^ok +${name} `, 'm'));
    }
    expect(exitCode).toBe(0);
  });

  it('ends with exit code 4 where there is no docker, and says what mends it', async () => {
    const PATH = await desk.programs('git');
    const { exitCode, stdout } = await desk.start(['doctor'], { PATH }).ended;
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^MISSING +docker +not found; install Docker$/m);
    expect(stdout).toMatch(/^MISSING +engine /m);
    expect(stdout).toMatch(/^ok +git /m);
  });

  it('ends with exit code 4 where no engine answers', async () => {
    const nowhere = { DOCKER_HOST: `unix://${desk.folder}/.git/nobody.sock` };
    const { exitCode, stdout } = await desk.start(['doctor', '--json'], nowhere).ended;
    expect(exitCode).toBe(4);
    const findings = z
      .array(z.object({ name: z.string(), state: z.string(), fix: z.string() }))
      .parse(JSON.parse(stdout));
    expect(findings).toContainEqual({ name: 'engine', state: 'missing', fix: expect.stringContaining('DOCKER_HOST') });
    expect(findings).toContainEqual(expect.objectContaining({ name: 'docker', state: 'good' }));
  });
});
