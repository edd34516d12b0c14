import { describe, expect, it } from '@jest/globals';
import { builtIn, keptStore } from '../../../src/domain/kept-store.ts';
import { adoptStore, uploadStore } from '../../../src/pipelines/kept-artifact.ts';
import type { ArtifactFolders } from '../../../src/ports/artifacts.ts';
import { platformRecord } from '../../../src/stages/build.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore } from '../../../src/store/store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { madeImage, writeMade } from '../../support/made-image.ts';
import { madePlan, madePlanned, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const name = 'slipway-store-app';
const plan = madePlan();
const run = { ...plan.run, attempt: 2 };
const limits = { temp: '/temp', maxBytes: 1_000_000 };

/** A job whose image failed, and the artifacts of its run, which lie in folders of one disk. */
async function setUp({ secret = 'hunter2' } = {}) {
  const files = createMemoryFiles();
  const log = recordingLog();
  const artifactFolders: ArtifactFolders = {
    async uploadFolder(artifact, folder) {
      for (const { name: file } of await files.list(folder)) {
        await files.write(`/artifacts/${artifact}/${file}`, (await files.readBytes(`${folder}/${file}`)) ?? '');
      }
    },
    async downloadTo(artifact, folder) {
      for (const { name: file, kind } of await files.list(`/artifacts/${artifact}`)) {
        const from = `/artifacts/${artifact}/${file}`;
        if (kind === 'link') await files.makeLink(`${folder}/${file}`, (await files.linkTarget(from)) ?? '');
        else await files.write(`${folder}/${file}`, (await files.readBytes(from)) ?? '');
      }
      return (await files.facts(`/artifacts/${artifact}`)) !== undefined;
    },
  };
  const secrets = { add: () => {}, clean: (text: string) => text.replaceAll(secret, '***') };
  const ports = {
    files,
    log,
    secrets,
    artifactFolders,
    clock: fakeClock(),
    random: { hex: () => 'a' },
    processes: fakeProcesses(),
  };
  const store = await createStore(ports, '/run/app');
  const made = madeImage({ layers: [{ text: 'hello' }, { text: 'there' }] });
  await writeMade(store, made);
  await store.addEntry(made.descriptor);
  const { digest, mediaType, platforms } = await readImage(store, made.descriptor.digest);
  const built = { ...builtIn(madeRecord('app')), digest, mediaType, platforms: platforms.map(platformRecord) };
  const found = { built, why: 'test-failed', buildable: null };
  const kept = keptStore({ plan, run: plan.run }, madePlanned(), found);
  const upload = (changes: Partial<typeof limits> = {}) =>
    uploadStore(ports, { name, layout: '/run/app', kept }, { ...limits, ...changes });
  const adopt = () => adoptStore(ports, { name, plan, image: madePlanned(), run, temp: '/temp' }, '/next/app');
  return { files, log, upload, adopt, digest, built };
}

describe('the store of a red image', () => {
  it('is uploaded, and taken by the next attempt as it was', async () => {
    const { files, log, upload, adopt, digest, built } = await setUp();
    expect(await upload()).toBeUndefined();
    const made = await adopt();
    expect(made?.fragment).toEqual(built);
    expect([(await made?.store.entries())?.map((entry) => entry.digest), made?.store.folder]).toEqual([
      [digest],
      '/next/app',
    ]);
    expect(log.texts('notice')).toEqual([`app is not built: ${digest} was kept by attempt 1, and is tested again`]);
    expect(await files.list('/temp')).toEqual([]);
  });

  it.each<[string, Partial<typeof limits>, object, RegExp]>([
    ['is too large', { maxBytes: 100 }, {}, /^it has \d+(\.\d)? K?B, and keep-store-max is 100 B$/],
    ['may not be kept', { maxBytes: 0 }, {}, /^keep-store-max is 0$/],
    ['would be told with a secret', {}, { secret: 'test-failed' }, /has a secret in it$/],
  ])('is lost where it %s, and that is said', async (_, changes, options, why) => {
    const { files, log, upload } = await setUp(options);
    expect(await upload(changes)).toMatch(why);
    expect(log.texts('warning')).toEqual([expect.stringMatching(/^the store of app is not kept: /)]);
    expect(await files.facts('/artifacts')).toBeUndefined();
  });

  it('is lost where it cannot be read, and that hides nothing', async () => {
    const { files, upload } = await setUp();
    await files.remove('/run/app/oci-layout');
    expect(await upload()).toMatch(/no OCI image layout/);
  });
});

describe('an artifact that no honest job made', () => {
  const store = `/artifacts/${name}/store.tar`;

  it('is none, and the image is built', async () => {
    const { adopt, log } = await setUp();
    expect(await adopt()).toBeUndefined();
    expect(log.entries).toEqual([]);
  });

  it.each<[string, (files: ReturnType<typeof createMemoryFiles>) => Promise<void>]>([
    ['has other bytes in a layer', (files) => change(files, store, (bytes) => flip(bytes, 0x1f8b))],
    ['is cut off', (files) => change(files, store, (bytes) => bytes.subarray(0, bytes.length / 2))],
    ['has a link for the store', (files) => replaceByLink(files, store)],
    ['has a link for what is beside it', (files) => replaceByLink(files, `/artifacts/${name}/kept.json`)],
    ['says nothing about it', (files) => files.remove(`/artifacts/${name}/kept.json`)],
    ['speaks of another digest', (files) => change(files, `/artifacts/${name}/kept.json`, otherDigest)],
  ])('is refused when it %s, and the image is built', async (_, spoil) => {
    const { files, log, upload, adopt } = await setUp();
    await upload();
    await spoil(files);
    expect(await adopt()).toBeUndefined();
    expect(log.texts('warning')).toEqual([
      expect.stringMatching(/^app is built: what was kept of it cannot be used: /),
    ]);
    expect([await files.facts('/next/app'), await files.list('/temp')]).toEqual([undefined, []]);
  });
});

type Files = ReturnType<typeof createMemoryFiles>;

async function change(files: Files, path: string, how: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await files.write(path, how(Uint8Array.from((await files.readBytes(path)) ?? [])));
}

async function replaceByLink(files: Files, path: string): Promise<void> {
  // What lies there would do, if somebody followed the link.
  await files.move(path, '/elsewhere');
  await files.makeLink(path, '/elsewhere');
}

/** Changes a byte a little behind the first place of a mark. */
function flip(bytes: Uint8Array, mark: number): Uint8Array {
  const at = bytes.findIndex((byte, index) => byte === mark >> 8 && bytes[index + 1] === (mark & 0xff));
  if (at < 0) throw new Error('the mark is not there');
  bytes[at + 15] = (bytes[at + 15] ?? 0) ^ 1;
  return bytes;
}

function otherDigest(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  return new TextEncoder().encode(
    text.replace(/"digest":"sha256:./, '"digest":"sha256:'.concat(text.includes('"digest":"sha256:0') ? '1' : '0')),
  );
}
