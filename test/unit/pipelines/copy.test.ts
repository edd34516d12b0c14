import { describe, expect, it } from '@jest/globals';
import { layersHash } from '../../../src/domain/fingerprint.ts';
import { copyImage } from '../../../src/pipelines/copy.ts';
import { inspect } from '../../../src/pipelines/inspect.ts';
import type { Files } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { copyReferrers } from '../../../src/store/copy-referrers.ts';
import { nameOf } from '../../../src/store/names.ts';
import { createStore, openStore } from '../../../src/store/store.ts';
import { openArchive } from '../../../src/store/tar/archive.ts';
import { createCollection } from '../../../src/store/tar/pack.ts';
import { type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';
import { blobEntries, ociEntries, savedImage } from '../../support/made-archive.ts';
import { type MadeImage, madeArtifact, madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { madeTar } from '../../support/made-tar.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { storePorts } from '../store/store-ports.ts';

const arm = madeImage({ platform: 'linux/arm64' });
const amd = madeImage({ layers: 2 });
const index = madeIndex([amd, arm]);

/** The ports of a copy that asks no registry; any other use fails. */
function portsFor(files: Files, ...script: readonly ScriptedProgram[]) {
  const exec = scriptedExec(script);
  return { ports: { ...storePorts(files), exec } as unknown as Ports, exec };
}

async function storeOf(files: Files, images: Readonly<Record<string, MadeImage>>): Promise<void> {
  const store = await createStore(storePorts(files), '/store');
  for (const [name, image] of Object.entries(images)) {
    await writeMade(store, image);
    await store.addEntry(image.descriptor, name);
  }
}

const { digest } = index.descriptor;
const copied = { digest, manifests: 3, blobs: 5 };

describe('a copy between places on disk', () => {
  it('goes from a store through both archives into a store, and keeps the bytes', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { 'acme/app:1': index });
    const steps = ['/store', 'oci-archive:/a.tar', 'docker-archive:/d.tar', 'oci:/back'];
    for (const [place, to] of steps.slice(1).entries()) {
      const from = place === 0 ? '/store' : (steps[place] ?? '');
      expect(await copyImage(ports, { from, to })).toMatchObject({ ...copied, to, present: 0 });
    }
    const blobs = async (folder: string) => (await files.list(`${folder}/blobs/sha256`)).map(({ name }) => name);
    expect(await blobs('/back')).toEqual(await blobs('/store'));
    const entries = await (await openStore(ports, '/back')).entries();
    expect(entries).toMatchObject([
      { digest, annotations: { 'org.opencontainers.image.ref.name': 'docker.io/acme/app:1' } },
    ]);
  });

  it('names nothing in a docker archive that an engine would take for a repository', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { latest: amd });
    await copyImage(ports, { from: '/store', to: 'docker-archive:/d.tar' });
    const { entries } = await openArchive(files, '/d.tar');
    expect(entries).toEqual([expect.not.objectContaining({ annotations: expect.anything() })]);
    await copyImage(ports, { from: '/store', to: 'oci-archive:/o.tar' });
    expect((await openArchive(files, '/o.tar')).entries.map(nameOf)).toEqual(['latest']);
  });

  it('counts what was there already, and mends what was lost', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { app: index });
    await copyImage(ports, { from: '/store', to: 'oci:/to' });
    expect(await copyImage(ports, { from: '/store', to: '/to' })).toMatchObject({ blobs: 0, bytes: 0, present: 5 });
    await files.remove(`/to/blobs/sha256/${amd.blobs[1]?.descriptor.digest.slice(7)}`);
    expect(await copyImage(ports, { from: '/store', to: '/to' })).toMatchObject({ blobs: 1, present: 4 });
  });

  it('takes what is attached to the image, to a platform and to what is attached', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    const note = madeArtifact('text/note', 'about all', index.descriptor);
    const platform = madeArtifact('text/note', 'about one', arm.descriptor);
    const signature = madeArtifact('text/signature', 'about the note', note.descriptor);
    const other = madeArtifact('text/note', 'about another image', madeImage({ layers: 5 }).descriptor);
    await storeOf(files, { app: index, note, platform, signature, other });
    expect(await copyImage(ports, { from: '/store', to: 'oci-archive:/a.tar' })).toMatchObject({ referrers: 3 });
    expect(await copyImage(ports, { from: '/a.tar', to: 'oci:/to' })).toMatchObject({ referrers: 3 });
    const listed = (await (await openStore(ports, '/to')).entries()).map((entry) => entry.digest);
    const expected = [index, note, platform, signature].map((one) => one.descriptor.digest);
    expect(listed.toSorted()).toEqual(expected.toSorted());
    expect(await copyImage(ports, { from: '/a.tar', to: 'docker-archive:/d.tar' })).toMatchObject({ referrers: 0 });
  });

  it('ends where more is attached than to any image', async () => {
    const content = createCollection('a place that never ends');
    await writeMade(content, amd);
    let made = 0;
    const endless = async () => {
      made += 1;
      const one = madeArtifact('text/note', `note ${made}`, amd.descriptor);
      await writeMade(content, one);
      return [one.descriptor];
    };
    const source = { content, images: [], referrersOf: endless, [Symbol.asyncDispose]: async () => {} };
    const sink = createCollection('the sink');
    await expect(copyReferrers(source, sink, amd.descriptor, async () => {})).rejects.toMatchObject({
      code: 'referrers-too-many',
    });
  });
});

describe('the image that is copied', () => {
  const two = { 'acme/app:1': amd, 'acme/app:2': arm };

  it('must be chosen among several, and the error lists them', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, two);
    await expect(copyImage(ports, { from: '/store', to: 'oci:/to' })).rejects.toMatchObject({
      code: 'image-ambiguous',
      exitCode: 2,
      next: expect.stringMatching(/acme\/app:1.*acme\/app:2/),
    });
    expect(await files.facts('/to')).toBeUndefined();
  });

  it.each([
    ['its name', 'acme/app:2'],
    ['its full name', 'docker.io/acme/app:2'],
    ['its tag', '2'],
    ['its digest', arm.descriptor.digest],
  ])('is chosen by %s', async (_by, image) => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, two);
    expect(await copyImage(ports, { from: '/store', to: 'oci:/to', image })).toMatchObject({
      digest: arm.descriptor.digest,
    });
  });

  it('must be named so that one image is meant', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { 'acme/one:1': amd, 'acme/two:1': arm });
    await expect(copyImage(ports, { from: '/store', to: 'oci:/to', image: '1' })).rejects.toMatchObject({
      code: 'image-ambiguous',
    });
  });

  it('may be one platform of a listed image', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { app: index });
    const image = arm.descriptor.digest;
    expect(await copyImage(ports, { from: '/store', to: 'oci:/to', image })).toMatchObject({ digest: image });
    expect(await (await openStore(ports, '/to')).entries()).toMatchObject([{ digest: image }]);
  });

  it.each(['acme/app:3', '3', madeImage({ layers: 3 }).descriptor.digest])(
    'is none that is not there: %s',
    async (image) => {
      const files = createMemoryFiles();
      const { ports } = portsFor(files);
      await storeOf(files, two);
      await expect(copyImage(ports, { from: '/store', to: 'oci:/to', image })).rejects.toMatchObject({
        code: 'image-unknown',
      });
    },
  );

  it('is refused where the place has a part of it, and what can be copied is named', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    const gone = new Set(blobEntries(arm).map(({ name }) => name));
    await files.write('/a.tar', madeTar(ociEntries({ app: index }).filter(({ name }) => !gone.has(name))));
    await expect(copyImage(ports, { from: '/a.tar', to: 'docker-archive:/b.tar' })).rejects.toMatchObject({
      code: 'image-incomplete',
      exitCode: 3,
      what: expect.stringContaining('linux/arm64'),
      where: '/a.tar',
      next: expect.stringContaining(`--image ${amd.descriptor.digest} (linux/amd64)`),
    });
    expect(await files.facts('/b.tar')).toBeUndefined();
    const image = amd.descriptor.digest;
    expect(await copyImage(ports, { from: '/a.tar', to: 'docker-archive:/b.tar', image })).toMatchObject({ blobs: 3 });
    expect(await inspect(ports, '/a.tar')).toMatchObject([{ digest, missing: ['linux/arm64'] }]);
  });
});

describe('a place that cannot be', () => {
  it.each([
    ['oci:', 'place-invalid'],
    ['engine:', 'place-invalid'],
    ['./none', 'store-missing'],
    ['none.tar', 'archive-missing'],
    ['/none.tar.gz', 'archive-missing'],
    ['oci-archive:/none', 'archive-missing'],
    ['oci:/none', 'store-invalid'],
    ['Not A Reference', 'reference-invalid'],
  ])('to copy from is refused: %s', async (from, code) => {
    const { ports } = portsFor(createMemoryFiles());
    await expect(copyImage(ports, { from, to: 'oci:/to' })).rejects.toMatchObject({ code, exitCode: 2 });
  });

  it('to copy to is a file of which nobody says the form', async () => {
    const files = createMemoryFiles({ '/old.tar': 'old' });
    const { ports } = portsFor(files);
    await storeOf(files, { app: amd });
    await expect(copyImage(ports, { from: '/store', to: '/old.tar' })).rejects.toMatchObject({
      code: 'place-invalid',
      next: expect.stringContaining('oci-archive:/old.tar'),
    });
  });

  it('to copy to is a digest in an engine', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { app: amd });
    const to = `engine:acme/app@${amd.descriptor.digest}`;
    await expect(copyImage(ports, { from: '/store', to })).rejects.toMatchObject({ code: 'place-invalid' });
  });

  it('to copy to is another digest', async () => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files);
    await storeOf(files, { app: amd });
    const to = `registry.test/acme/app@${arm.descriptor.digest}`;
    await expect(copyImage(ports, { from: '/store', to })).rejects.toMatchObject({ code: 'copy-other-digest' });
  });
});

describe('an image of the engine', () => {
  const saved = savedImage(['one', 'two'], ['acme/app:1']);
  const save = (files: Files): ScriptedProgram => ({
    program: 'docker',
    args: (args) => args[0] === 'save',
    async result({ args }) {
      await files.write(args[2] ?? '', madeTar(saved.entries));
      return {};
    },
  });

  it('is inspected through an archive that is gone afterwards', async () => {
    const files = createMemoryFiles();
    const { ports, exec } = portsFor(files, save(files));
    const [image] = await inspect(ports, 'engine:acme/app');
    expect(image?.platforms).toMatchObject([
      { platform: 'linux/amd64', layers: layersHash(image?.platforms[0]?.diffIds ?? []) },
    ]);
    expect(exec.calls.map(({ args }) => [args[0], args[3]])).toEqual([['save', 'acme/app:latest']]);
    expect(await files.list('/tmp')).toEqual([]);
  });

  it('leaves nothing behind when it cannot be saved', async () => {
    const files = createMemoryFiles();
    const absent = { exitCode: 1, stderr: 'Error response from daemon: reference does not exist' };
    const { ports } = portsFor(files, { program: 'docker', result: absent });
    await expect(copyImage(ports, { from: 'engine:app:1', to: 'oci:/to' })).rejects.toMatchObject({
      code: 'engine-image-absent',
      exitCode: 4,
      where: 'engine:app:1',
    });
    expect(await files.list('/tmp')).toEqual([]);
  });

  const engine = (loaded: string): readonly ScriptedProgram[] => [
    { program: 'docker', args: (args) => args[0] === 'version', result: { stdout: 'linux/arm64\n' } },
    { program: 'docker', args: (args) => args[0] === 'load', result: {} },
    { program: 'docker', args: (args) => args[0] === 'image', result: { stdout: `${loaded}\n` } },
  ];
  const layersOf = (image: MadeImage): string => {
    const config = JSON.parse(Buffer.from(image.blobs[0]?.bytes ?? []).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    return config.rootfs.diff_ids.join(' ');
  };

  it.each([
    ['the index', `${digest} ${layersOf(arm)}`],
    ['the manifest of its platform', `${arm.descriptor.digest} ${layersOf(arm)}`],
    ['the config of its platform', `${arm.blobs[0]?.descriptor.digest} ${layersOf(arm)}`],
  ])('is loaded, and the engine may know it by %s', async (_id, loaded) => {
    const files = createMemoryFiles();
    const { ports, exec } = portsFor(files, ...engine(loaded));
    await storeOf(files, { app: index });
    expect(await copyImage(ports, { from: '/store', to: 'engine:acme/app' })).toMatchObject({
      digest,
      to: 'engine:docker.io/acme/app:latest',
    });
    expect(exec.calls.map(({ args }) => args[0])).toEqual(['version', 'load', 'image']);
    expect(await files.list('/tmp')).toEqual([]);
  });

  it.each([
    ['another image', `${amd.blobs[1]?.descriptor.digest} ${layersOf(arm)}`],
    ['other layers', `${arm.descriptor.digest} ${layersOf(amd)}`],
    ['nothing', ''],
  ])('is not taken for loaded when the engine then has %s', async (_what, loaded) => {
    const files = createMemoryFiles();
    const { ports } = portsFor(files, ...engine(loaded));
    await storeOf(files, { app: index });
    await expect(copyImage(ports, { from: '/store', to: 'engine:acme/app' })).rejects.toMatchObject({
      code: 'engine-loaded-other',
      exitCode: 4,
    });
  });
});
