import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Plan } from '../../src/domain/plan.ts';
import { openArtifacts } from '../support/action-artifacts.ts';
import { openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { crane, docker, requireLab, requireRemoteBuilder, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const builder = requireRemoteBuilder(lab);

let desk: Desk;
let prefix: string;

beforeAll(async () => {
  desk = await openDesk(lab);
  prefix = `${lab.registry}/${desk.id}`;
}, LIMIT_MS);

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
}, LIMIT_MS);

/** What a plan would build, and why. */
async function plan(...args: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { exitCode, stdout, stderr } = await desk.slipway('plan', '--json', '--registry', prefix, ...args);
  if (exitCode !== 0) throw new Error(stderr);
  return Object.fromEntries(Plan.parse(JSON.parse(stdout)).images.map(({ key, reason }) => [key, reason]));
}

const run = (...args: readonly string[]) => desk.slipway('run', '--builder', builder, '--to', prefix, ...args);

describe('a plan against a registry', () => {
  it(
    'builds after a push of documentation what the failed run before it owed, and then nothing',
    async () => {
      const broken = 'FROM busybox:1.36\nCOPY mark /mark\nRUN exit 7\n';
      await desk.commit({
        'slipway.yml': 'allow-untested: [app, web]\nimages: {app: {}, web: {}}\n',
        'app/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\nCOPY mark /mark\n`,
        'app/mark': 'one\n',
        'web/Dockerfile': broken,
        'web/mark': 'one\n',
      });
      expect(await run()).toMatchObject({ exitCode: 1 });
      await desk.commit({ 'README.md': 'more words\n' });
      expect(await plan()).toEqual({ app: 'all', web: 'all' });
      await desk.commit({ 'web/Dockerfile': broken.replace('RUN exit 7', `LABEL ${desk.label}`) });
      expect(await run()).toMatchObject({ exitCode: 0 });
      await desk.commit({ 'app/mark': 'two\n', 'web/Dockerfile': broken });
      expect(await run()).toMatchObject({ exitCode: 1 });
      await desk.commit({ 'README.md': 'other words\n' });
      expect(await plan()).toEqual({ app: 'changed', web: 'changed' });
      await desk.commit({ 'web/Dockerfile': broken.replace('RUN exit 7', `LABEL ${desk.label}`) });
      expect(await run()).toMatchObject({ exitCode: 0 });
      await desk.commit({ 'README.md': 'last words\n' });
      expect(await plan()).toEqual({});
    },
    LIMIT_MS,
  );

  it(
    'of what is stale builds the images that use the platform on which a base moved',
    async () => {
      const base = `${prefix}/outside:1`;
      await publishBase(base, { amd64: 'one', arm64: 'one' });
      const both = 'platforms: [linux/amd64, linux/arm64]';
      await desk.commit({
        'slipway.yml': `refresh: stale\nallow-untested: [one, two, top]\nimages:\n  one: {}\n  two: {${both}}\n  top: {${both}, build-args: {R: "{registry}"}}\n`,
        VERSION: 'v1.0.0\n',
        'one/Dockerfile': `FROM ${base}\nLABEL ${desk.label}\n`,
        'two/Dockerfile': `FROM ${base}\nLABEL ${desk.label}\n`,
        'top/Dockerfile': `ARG R\nFROM \${R}/two\nLABEL ${desk.label}\n`,
      });
      expect(await run('--event', 'push', '--ref', 'refs/tags/v1.0.0')).toMatchObject({ exitCode: 0 });
      expect(await plan('--event', 'schedule')).toEqual({});
      await publishBase(base, { amd64: 'one', arm64: 'two' });
      expect(await plan('--event', 'schedule')).toEqual({ two: 'stale', top: 'dependent' });
      // A push of a branch asks what changed here, and nothing did.
      expect(await plan()).toEqual({});
    },
    LIMIT_MS,
  );
});

describe('a base that moves while a run is under way', () => {
  it(
    'T32 is taken as the plan found it, and the gate agrees',
    async () => {
      const base = `${prefix}/moving:1`;
      const tools = `${prefix}/tools:1`;
      await publishBase(base, { amd64: 'one' });
      await publishBase(tools, { amd64: 'hammer' });
      const before = await crane(lab, 'digest', base);
      await desk.commit({
        'slipway.yml': `allow-untested: [app]\nimages: {app: {contexts: {tools: "docker-image://${tools}"}}}\n`,
        'app/Dockerfile': `FROM ${base}\nLABEL ${desk.label}\nCOPY mark /mine\nCOPY --from=tools /mark /tool\n`,
        'app/mark': 'three\n',
      });
      await using service = await openArtifacts();
      await using job = await openJob(lab, { workspace: desk.folder, ref: 'refs/heads/t32', env: { ...service.env } });
      const planned = await job.run('matrix-generate', { registry: `${prefix}/t32` });
      await publishBase(base, { amd64: 'two' });
      await publishBase(tools, { amd64: 'saw' });
      expect(await crane(lab, 'digest', base)).not.toBe(before);
      const plan = planned.outputs.plan ?? '';
      const built = await job.run('build-test', { plan, row: 'app' });
      expect(built).toMatchObject({ exitCode: 0 });
      const results = JSON.stringify({ level: built.outputs });
      expect((await job.run('verify-digest', { plan, results })).outputs.verdict).toBe('match');
      const mine = `${prefix}/t32/app@${built.outputs.digest}`;
      const files = await crane(lab, 'export', '--platform', 'linux/amd64', mine, '-');
      expect(files).toContain('one');
      expect(files).toContain('hammer');
    },
    LIMIT_MS,
  );
});

describe('T31 a weekly run after a release', () => {
  it(
    'makes a tag of its own, and moves neither the version nor latest',
    async () => {
      const here = `${prefix}/t31`;
      await desk.commit({
        'slipway.yml': 'allow-untested: [app]\nimages: {app: {}}\n',
        VERSION: 'v1.0.0\n',
        'app/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\nRUN date +%N > /tmp/now\n`,
      });
      const go = (...args: readonly string[]) => desk.slipway('run', '--builder', builder, '--to', here, ...args);
      expect(await go('--event', 'push', '--ref', 'refs/tags/v1.0.0')).toMatchObject({ exitCode: 0 });
      const digests = async (tags: readonly string[]) =>
        Promise.all(tags.map((tag) => crane(lab, 'digest', `${here}/app:${tag}`)));
      const tags = (await tagsOf(lab, `${here}/app`)).filter((tag) => !tag.startsWith('sha256-'));
      expect([...tags].sort()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
      const before = await digests(tags);
      expect(await go('--event', 'schedule')).toMatchObject({ exitCode: 0 });
      expect(await digests(tags)).toEqual(before);
      const rebuilt = (await tagsOf(lab, `${here}/app`)).find((tag) => /^v1\.0\.0-r\d{8}$/.test(tag));
      expect(await digests([rebuilt ?? 'none'])).not.toContain(before[0]);
    },
    LIMIT_MS,
  );
});

describe('a weekly run of a project without a version', () => {
  it(
    'makes a tag of its own for what came out otherwise, moves that of the branch where asked, and gives none twice',
    async () => {
      await using unversioned = await openDesk(lab);
      await rm(path.join(unversioned.folder, 'VERSION'));
      const here = `${prefix}/unversioned`;
      const images = 'allow-untested: [steady, moving]\nimages: {steady: {}, moving: {}}\n';
      await unversioned.commit({
        'slipway.yml': images,
        'steady/Dockerfile': `FROM busybox:1.36\nLABEL ${unversioned.label}\n`,
        'moving/Dockerfile': `FROM busybox:1.36\nLABEL ${unversioned.label}\nRUN date +%N > /tmp/now\n`,
      });
      const go = (...args: readonly string[]) =>
        unversioned.slipway('run', '--builder', builder, '--to', here, ...args);
      const state = async () => {
        const [steady = [], moving = []] = await Promise.all(
          ['steady', 'moving'].map(async (key) => {
            const tags = (await tagsOf(lab, `${here}/${key}`)).filter((tag) => !tag.startsWith('sha256-'));
            return Promise.all(tags.map(async (tag) => [tag, await crane(lab, 'digest', `${here}/${key}:${tag}`)]));
          }),
        );
        return {
          steady: new Map(Object.entries(Object.fromEntries(steady))),
          moving: new Map(Object.entries(Object.fromEntries(moving))),
        };
      };
      expect(await go()).toMatchObject({ exitCode: 0 });
      const first = await state();
      expect([[...first.steady.keys()], [...first.moving.keys()]]).toEqual([['main'], ['main']]);
      expect(await go('--event', 'schedule')).toMatchObject({ exitCode: 0 });
      const second = await state();
      expect(second.steady).toEqual(first.steady);
      const [rebuilt = ''] = [...second.moving.keys()].filter((tag) => tag !== 'main');
      expect(rebuilt).toMatch(/^main-r\d{8}$/);
      expect(second.moving.get('main')).toBe(first.moving.get('main'));
      expect(second.moving.get(rebuilt)).not.toBe(first.moving.get('main'));
      await unversioned.commit({ 'slipway.yml': `rebuilds: overwrite\n${images}` });
      expect(await go('--event', 'schedule')).toMatchObject({ exitCode: 0 });
      const third = await state();
      expect(third.steady).toEqual(first.steady);
      expect(third.moving.get('main')).not.toBe(first.moving.get('main'));
      expect(third.moving.get(rebuilt)).toBe(second.moving.get(rebuilt));
    },
    LIMIT_MS,
  );
});

/** Publishes an image that holds another file on each platform. */
async function publishBase(reference: string, marks: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-base-'));
  try {
    for (const [architecture, mark] of Object.entries(marks)) {
      await mkdir(path.join(folder, architecture));
      await writeFile(path.join(folder, architecture, 'mark'), mark);
    }
    await writeFile(path.join(folder, 'Dockerfile'), 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /\n');
    const platforms = Object.keys(marks).map((architecture) => `linux/${architecture}`);
    const plain = ['--provenance', 'false', '--build-arg', 'SOURCE_DATE_EPOCH=1700000000'];
    const output = `type=image,name=${reference},push=true,rewrite-timestamp=true`;
    await docker(
      lab,
      'buildx',
      'build',
      '--builder',
      builder,
      '--platform',
      platforms.join(),
      ...plain,
      '--output',
      output,
      folder,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
