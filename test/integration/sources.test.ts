import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { contentOf, type Desk, openDesk } from '../support/desk.ts';
import { crane, docker, labEnv, requireLab, requireRemoteBuilder } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const LARGE_BYTES = 200 * 1024 * 1024;

const Copied = z.object({
  digest: z.string(),
  to: z.string(),
  manifests: z.number(),
  blobs: z.number(),
  bytes: z.number(),
  present: z.number(),
  referrers: z.number(),
});
type Copied = z.infer<typeof Copied>;
const Platform = z.object({
  platform: z.string(),
  digest: z.string(),
  layers: z.string(),
  fingerprint: z.string(),
  diffIds: z.array(z.string()),
});
const Inspected = z.object({ digest: z.string(), platforms: z.array(Platform), missing: z.array(z.string()) });
type Inspected = z.infer<typeof Inspected>;
const Checked = z.object({
  check: z.object({
    problems: z.array(z.object({ digest: z.string(), why: z.string() })),
    unchecked: z.array(z.string()),
  }),
});

jest.setTimeout(LIMIT_MS);

const lab = requireLab();
const builder = requireRemoteBuilder(lab);
const run = promisify(execFile);
let desk: Desk;
/** The image everywhere, by the name that only this run has. */
let name: string;

beforeAll(async () => {
  desk = await openDesk(lab);
  name = `${desk.id}/tiny`;
  const context = at('context');
  await mkdir(context);
  const Dockerfile = `FROM busybox:1.36\nCOPY hello same /\nCOPY same /again/same\nLABEL ${desk.label}\nCMD ["cat", "/hello"]\n`;
  for (const [file, text] of Object.entries({ Dockerfile, hello: desk.id, same: 'same' })) {
    await writeFile(path.join(context, file), text);
  }
});

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
});

const at = (file: string): string => path.join(desk.folder, file);

/** Builds the image to a place on disk. */
async function build(platforms: string, output: string): Promise<void> {
  const args = ['build', '--quiet', '--builder', builder, '--platform', platforms, '--output', `type=oci,${output}`];
  await docker(lab, 'buildx', ...args, at('context'));
}

async function slipway<T>(schema: z.ZodType<T>, args: readonly string[], env = {}): Promise<T> {
  const { exitCode, stdout, stderr } = await desk.start([...args, '--json'], env).ended;
  expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 0, stderr: '' });
  return schema.parse(JSON.parse(stdout));
}

const copy = (from: string, to: string, ...more: readonly string[]): Promise<Copied> =>
  slipway(Copied, ['copy', from, to, ...more]);
const inspect = (place: string): Promise<Inspected> => slipway(Inspected, ['inspect', place]);

/** What lies in the blobs of a store, by name and hash. */
async function blobs(folder: string): Promise<readonly string[]> {
  const content = await contentOf(at(`${folder}/blobs`));
  return Object.entries(content).map(([file, hash]) => `${file} ${hash.split(' ')[0]}`);
}

/** `layers` as the source pipeline makes it: the hash of what the engine prints, newline included. */
async function layersByEngine(reference: string, host = lab.docker.host): Promise<string> {
  const args = ['inspect', '--format', '{{.RootFS.Layers}}', reference];
  const { stdout } = await run(lab.tools.docker, args, { env: { ...labEnv(lab), DOCKER_HOST: host } });
  return createHash('sha256').update(stdout).digest('hex');
}

describe('an image with two platforms and attestations', () => {
  const steps: Copied[] = [];
  let digest: string;

  beforeAll(async () => {
    await build('linux/amd64,linux/arm64', `tar=false,dest=${at('built')}`);
    digest = (await inspect('oci:built')).digest;
    const registry = `${lab.registry}/${name}:1`;
    const route = ['oci:built', registry, 'oci-archive:a.tar', 'docker-archive:d.tar', `engine:${name}:1`, 'oci:back'];
    for (const [place, from] of route.slice(0, -1).entries()) steps.push(await copy(from, route[place + 1] ?? ''));
  });

  it('keeps its digest from store to registry, archives, engine and store', () => {
    const [first] = steps;
    expect(first).toMatchObject({ manifests: 5, present: 0 });
    expect(steps.map((step) => step.digest)).toEqual(Array(5).fill(digest));
    expect(steps.map((step) => step.bytes)).toEqual(Array(5).fill(first?.bytes));
  });

  it('has the very same bytes at the end', async () => {
    expect(await blobs('back')).toEqual(await blobs('built'));
  });

  it('is what a foreign client reads from the registry', async () => {
    expect(await crane(lab, 'digest', `${lab.registry}/${name}:1`)).toBe(digest);
    await crane(lab, 'validate', '--remote', `${lab.registry}/${name}:1`);
  });

  it('runs in the engine', async () => {
    expect(await docker(lab, 'run', '--rm', '--network', 'none', `${name}:1`)).toBe(desk.id);
  });

  it.each(['a.tar', 'd.tar', 'engine'])('is the same to inspect in %s', async (place) => {
    const expected = await inspect('oci:built');
    expect(await inspect(place === 'engine' ? `engine:${name}:1` : place)).toEqual(expected);
    expect(expected.platforms.map((one) => one.platform)).toEqual(['linux/amd64', 'linux/arm64']);
  });

  it('has the layers that the engine prints', async () => {
    const [amd] = (await inspect(`engine:${name}:1`)).platforms;
    expect(amd?.layers).toBe(await layersByEngine(`${name}:1`));
  });

  it('gives the same archive from whatever place it is written', async () => {
    await copy('oci:back', 'oci-archive:two.tar');
    await copy('two.tar', 'oci-archive:three.tar');
    const [two, three] = await Promise.all(['two.tar', 'three.tar'].map((file) => readFile(at(file))));
    expect(three?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });

  it('is not sent again, and says so', async () => {
    const again = await desk.slipway('copy', 'oci:built', `${lab.registry}/${name}:again`);
    const there = (steps[0]?.blobs ?? 0) + (steps[0]?.present ?? 0);
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: `copied ${digest} to ${lab.registry}/${name}:again (0 blobs, ${there} already there)\n`,
    });
  });

  it('is mounted, and not sent, within a registry', async () => {
    const step = await copy(`${lab.registry}/${name}:1`, `${lab.registry}/${name}-mounted:1`);
    expect(step).toMatchObject({ digest, manifests: 5 });
    expect(step.bytes).toBeLessThan(20_000);
  });

  it('takes its records along between registries and to a store and back', async () => {
    const from = `${lab.registry}/${name}:1`;
    const subject = { mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: 1607 };
    subject.size = (await readFile(at(`built/blobs/sha256/${digest.slice(7)}`))).length;
    const config = {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: `sha256:${createHash('sha256').update('{}').digest('hex')}`,
      size: 2,
    };
    const note = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.test.note',
      config,
      layers: [config],
      subject,
      annotations: { note: desk.id },
    });
    const noteDigest = `sha256:${createHash('sha256').update(note).digest('hex')}`;
    const store = at('noted');
    await copy('oci:built', 'oci:noted');
    await writeFile(path.join(store, 'blobs/sha256', config.digest.slice(7)), '{}');
    await writeFile(path.join(store, 'blobs/sha256', noteDigest.slice(7)), note);
    const index = JSON.parse(await readFile(path.join(store, 'index.json'), 'utf8')) as { manifests: object[] };
    index.manifests.push({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: noteDigest,
      size: note.length,
    });
    await writeFile(path.join(store, 'index.json'), JSON.stringify(index));

    const route = [
      'oci:noted',
      `${from}-noted`,
      `${lab.registry}/${name}-noted:1`,
      'oci-archive:noted.tar',
      'oci:noted-back',
    ];
    for (const [place, one] of route.slice(0, -1).entries()) {
      expect(await copy(one, route[place + 1] ?? '')).toMatchObject({ digest, referrers: 1 });
    }
    const fallback = JSON.parse(
      await crane(lab, 'manifest', `${lab.registry}/${name}-noted:${digest.replace(':', '-')}`),
    );
    expect(fallback).toMatchObject({
      manifests: [{ digest: noteDigest, artifactType: 'application/vnd.test.note' }],
    });
    expect(await readFile(at(`noted-back/blobs/sha256/${noteDigest.slice(7)}`), 'utf8')).toBe(note);
    expect((await inspect('oci:noted-back')).digest).toBe(digest);
  });
});

describe('an archive that others wrote', () => {
  it('by BuildKit is read as the image that it is', async () => {
    await build('linux/amd64', `dest=${at('buildkit.tar')},name=docker.io/acme/app:1`);
    await run('tar', ['-xf', at('buildkit.tar'), '-C', at('context')]);
    const store = await desk.slipway('inspect', 'context');
    expect(await desk.slipway('inspect', 'buildkit.tar')).toEqual(store);
    expect(store.exitCode).toBe(0);
    expect(await copy('buildkit.tar', 'oci:from-buildkit', '--image', 'acme/app:1')).toMatchObject({ present: 0 });
  });

  it('by the engine has of an index what was pulled, and the rest is named', async () => {
    const reference = `${lab.registry}/${name}-part:1`;
    await copy('oci:built', reference);
    // The other name of the same content would give the engine what it is to lack.
    await docker(lab, 'image', 'rm', '--force', `${name}:1`);
    await docker(lab, 'pull', '--quiet', '--platform', 'linux/amd64', reference);
    expect(await inspect(`engine:${reference}`)).toMatchObject({ missing: ['linux/arm64'] });
    const refused = await desk.slipway('copy', `engine:${reference}`, 'oci:part');
    expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('it lacks linux/arm64') });
    const [amd] = (await inspect('oci:built')).platforms;
    const chosen = await copy(`engine:${reference}`, 'oci:amd', '--image', amd?.digest ?? '');
    expect(chosen).toMatchObject({ digest: amd?.digest });
  });

  it('by the engine may be for another platform than its own', async () => {
    const reference = `${lab.registry}/${name}-foreign:1`;
    const [, arm] = (await inspect('oci:built')).platforms;
    await copy('oci:built', reference, '--image', arm?.digest ?? '');
    await docker(lab, 'pull', '--quiet', '--platform', 'linux/arm64', reference);
    expect(await inspect(`engine:${reference}`)).toMatchObject({ platforms: [{ platform: 'linux/arm64' }] });
  });
});

describe('the classic engine', () => {
  const host = (): string => {
    if (lab.classic === null) throw new Error('this test needs the classic engine, and this lab has none');
    return lab.classic.host;
  };
  const classic = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(lab.tools.docker, args, { env: { ...labEnv(lab), DOCKER_HOST: host() } });
    return stdout.trim();
  };
  const reference = (): string => `${name}-classic:1`;
  const env = () => ({ DOCKER_HOST: host() });

  beforeAll(async () => {
    await build('linux/amd64,linux/arm64', `tar=false,dest=${at('for-classic')}`);
    await slipway(Copied, ['copy', 'oci:for-classic', `engine:${reference()}`], env());
  });

  afterAll(async () => {
    await classic('image', 'rm', '--force', reference());
  });

  it('takes our archive and runs it', async () => {
    expect(await classic('run', '--rm', '--network', 'none', reference())).toBe(desk.id);
  });

  it('has the layers that we say, and the config of our image', async () => {
    const [amd] = (await inspect('oci:for-classic')).platforms;
    const found = await slipway(Inspected, ['inspect', `engine:${reference()}`], env());
    expect(found.platforms).toMatchObject([
      { platform: 'linux/amd64', fingerprint: amd?.fingerprint, layers: amd?.layers },
    ]);
    expect(amd?.layers).toBe(await layersByEngine(reference(), host()));
  });

  it('gives an image with one digest each time, which a registry and another engine take', async () => {
    const to = `${lab.registry}/${name}-classic:1`;
    const first = await slipway(Copied, ['copy', `engine:${reference()}`, to], env());
    const second = await slipway(Copied, ['copy', `engine:${reference()}`, 'oci:from-classic'], env());
    expect(second.digest).toBe(first.digest);
    expect(await crane(lab, 'digest', to)).toBe(first.digest);
    await docker(lab, 'pull', '--quiet', to);
    expect(await docker(lab, 'run', '--rm', '--network', 'none', to)).toBe(desk.id);
    await docker(lab, 'image', 'rm', '--force', to);
  });

  it('finds equal layers once in its archive, and so do we', async () => {
    const dockerfile = `FROM busybox:1.36\nCOPY same /same\nRUN rm /same\nCOPY same /same\nLABEL ${desk.label}\n`;
    await writeFile(at('context/Twice'), dockerfile);
    const tag = `${name}-twice:1`;
    await run(lab.tools.docker, ['build', '--quiet', '--file', at('context/Twice'), '--tag', tag, at('context')], {
      env: { ...labEnv(lab), DOCKER_HOST: host(), DOCKER_BUILDKIT: '0' },
    });
    try {
      const found = await slipway(Inspected, ['inspect', `engine:${tag}`], env());
      const [one] = found.platforms;
      expect(one?.layers).toBe(await layersByEngine(tag, host()));
      expect(new Set(one?.diffIds).size).toBeLessThan(one?.diffIds.length ?? 0);
    } finally {
      await classic('image', 'rm', '--force', tag);
    }
  });
});

describe('a store of one image', () => {
  const check = async (place: string) => {
    const { exitCode, stdout } = await desk.start(['inspect', '--check', '--json', place], {}).ended;
    return { exitCode, check: Checked.parse(JSON.parse(stdout)).check };
  };
  const layersOf = async (store: string): Promise<readonly string[]> => {
    const inLayers = z.object({ layers: z.array(z.object({ digest: z.string() })) });
    const found = await Promise.all(
      (await inspect(`oci:${store}`)).platforms.map(async ({ digest }) =>
        inLayers.parse(JSON.parse(await readFile(at(`${store}/blobs/${digest.replace(':', '/')}`), 'utf8'))),
      ),
    );
    return found.flatMap(({ layers }) => layers.map((layer) => layer.digest));
  };

  it.each(['gzip', 'zstd', 'uncompressed'])('is checked byte for byte with its layers in %s', async (compression) => {
    const store = `checked-${compression}`;
    await build('linux/amd64', `tar=false,force-compression=true,compression=${compression},dest=${at(store)}`);
    expect(await check(`oci:${store}`)).toEqual({ exitCode: 0, check: { problems: [], unchecked: [] } });
    const [layer = ''] = await layersOf(store);
    const file = at(`${store}/blobs/${layer.replace(':', '/')}`);
    const bytes = await readFile(file);
    await writeFile(file, bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1));
    const damaged = await check(`oci:${store}`);
    expect(damaged.exitCode).toBe(1);
    expect(damaged.check.problems.map(({ digest }) => digest)).toContain(layer);
  });

  it('loses what nothing refers to, and only that', async () => {
    await build('linux/amd64', `tar=false,dest=${at('pruned')}`);
    const before = await blobs('pruned');
    const stray = 'a'.repeat(64);
    await writeFile(at(`pruned/blobs/sha256/${stray}`), 'nobody names this');
    const Pruned = z.object({ count: z.number(), bytes: z.number() });
    expect(await slipway(Pruned, ['prune', 'pruned'])).toEqual({ count: 0, bytes: 0 });
    expect(await slipway(Pruned, ['prune', 'pruned', '--older-than', '0'])).toEqual({ count: 1, bytes: 17 });
    expect(await blobs('pruned')).toEqual(before);
    await mkdir(at('empty'));
    const { exitCode, stderr } = await desk.start(['prune', 'empty'], {}).ended;
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('prune-nothing')]);
  });
});

describe('a layer of 200 MiB', () => {
  /** Copies, and tells the most memory that the process ever had, in bytes. */
  const peakOf = async (from: string, to: string): Promise<number> => {
    const hook =
      "import { writeFileSync } from 'node:fs';\nprocess.on('exit', () => writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));\n";
    await writeFile(at('peak.mjs'), hook);
    await slipway(Copied, ['copy', from, to], { NODE_OPTIONS: `--import=${at('peak.mjs')}`, PEAK: at('peak') });
    return Number(await readFile(at('peak'), 'utf8')) * 1024;
  };

  it('is copied through archives in pieces, and is whole in the end', async () => {
    await mkdir(at('large'));
    await writeFile(at('large/Dockerfile'), 'FROM scratch\nCOPY content /\n');
    await writeFile(at('large/content'), randomBytes(LARGE_BYTES));
    const output = `type=oci,tar=false,compression=uncompressed,dest=${at('large-store')}`;
    await docker(lab, 'buildx', 'build', '--quiet', '--builder', builder, '--output', output, at('large'));
    const small = await peakOf('oci:built', 'docker-archive:small.tar');
    expect(small).toBeGreaterThan(10_000_000);
    expect((await peakOf('oci:large-store', 'docker-archive:large.tar')) - small).toBeLessThan(LARGE_BYTES / 2);
    expect((await peakOf('large.tar', 'oci:large-back')) - small).toBeLessThan(LARGE_BYTES / 2);
    expect(await blobs('large-back')).toEqual(await blobs('large-store'));
  });
});
