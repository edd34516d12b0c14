import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { crane, requireLab } from '../support/lab.ts';
import { buildKitConfig, giveBuildKit, type OwnEngine, openOwnEngine } from '../support/own-engine.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

describe('on an engine of version 20.10, which can write no build to disk', () => {
  let engine: OwnEngine;
  let desk: Desk;
  let own: readonly string[];

  beforeAll(async () => {
    engine = await openOwnEngine(lab);
    own = ['--buildkit-image', await giveBuildKit(lab, engine), '--buildkit-config', buildKitConfig(lab)];
    desk = await openDesk(lab);
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  }, LIMIT_MS);

  const slipway = (...args: readonly string[]): Promise<Finished> => desk.start(args, engine.env).ended;
  /** Builders, containers, volumes, and images beside that of BuildKit. */
  const left = async (): Promise<readonly string[]> => {
    const asked = await Promise.all([
      engine.docker('buildx', 'ls', '--format', '{{.Name}}'),
      engine.docker('ps', '--all', '--no-trunc', '--format', '{{.Names}} {{.Command}}'),
      engine.docker('volume', 'ls', '--quiet'),
      engine.docker('image', 'ls', '--format', '{{.Repository}}'),
    ]);
    const known = ['', 'default', 'lab.example/buildkit'];
    const lines = asked.flatMap((text) => text.split('\n')).filter((line) => !known.includes(line));
    // With this container buildx asks for graphics cards; stopped at that moment it leaves it, never started.
    return lines.filter((line) => !/^[a-z]+_[a-z]+ "\/bin\/true"$/.test(line));
  };

  it(
    'a run makes a builder, builds, tests by digest, releases, and removes it',
    async () => {
      const run = await slipway('run', '--json', ...own);
      expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('a builder is made of lab.example') });
      const { images, release } = JSON.parse(run.stdout);
      expect(release.state).toBe('released');
      expect(images.map((image: { record: { test: string } }) => image.record.test)).toEqual(Array(3).fill('passed'));
      expect(images[0].record.builder).toEqual({
        name: expect.stringMatching(/^slipway-desk-[0-9a-f]{12}$/),
        driver: 'docker-container',
        version: 'v0.33.0',
      });
      expect(images[0].record.tests[0].engineImage).toBe(images[0].record.platforms[0].config);
      expect(await left()).toEqual([]);
      await using registry = await desk.serve();
      const reference = `${registry.host}/org/hello/base:main`;
      expect(await crane(lab, 'digest', reference)).toBe(images[0].record.digest);
      const { config } = JSON.parse(await crane(lab, 'config', '--platform', 'linux/amd64', reference));
      expect(config.Labels).toMatchObject({
        'org.opencontainers.image.title': 'base',
        'org.opencontainers.image.revision': images[0].record.commit,
        'org.opencontainers.image.created': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
    },
    LIMIT_MS,
  );

  it(
    'a run that fails removes it too',
    async () => {
      await desk.edit('base/Dockerfile', (text) => `${text}RUN exit 7\n`);
      const run = await slipway('run', '--event', 'pull_request', '--image', 'base', ...own);
      await desk.edit('base/Dockerfile', (text) => text.replace('RUN exit 7\n', ''));
      expect(run).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('build-failed') });
      expect(await left()).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'a run that is stopped by %s in the middle of a build removes it before the runner would kill it',
    async (signal) => {
      await desk.edit('base/Dockerfile', (text) => `${text}RUN sleep 300; : ${signal}\n`);
      const run = desk.start(['run', '--event', 'pull_request', '--image', 'base', ...own], engine.env);
      await run.said(/base: build .*RUN sleep 300/);
      run.signal(signal);
      expect((await run.ended).exitCode).toBe(130);
      expect(await left()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'a run that is stopped while it makes the builder leaves nothing of it',
    async () => {
      const run = desk.start(['run', '--event', 'pull_request', ...own], engine.env);
      await run.said(/a builder is made of/);
      run.signal('SIGINT');
      expect((await run.ended).exitCode).toBe(130);
      expect(await left()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'an image of BuildKit that nobody has is named, and nothing is left',
    async () => {
      const run = await slipway('run', '--buildkit-image', '127.0.0.1:1/none/buildkit:v1');
      expect(run).toMatchObject({
        exitCode: 4,
        stderr: expect.stringMatching(/^error builder-not-made: .*127\.0\.0\.1:1/m),
      });
      expect(await left()).toEqual([]);
    },
    LIMIT_MS,
  );

  it('the engine’s own builder is refused where it is named', async () => {
    const run = await slipway('run', '--builder', 'default');
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('error builder-cannot-export:') });
  });

  it('doctor says that a builder will be made', async () => {
    const doctor = await slipway('doctor');
    expect(doctor).toMatchObject({ exitCode: 0 });
    expect(doctor.stdout).toMatch(/cannot write a build to disk: each run makes one of moby\/buildkit:v/);
  });
});
