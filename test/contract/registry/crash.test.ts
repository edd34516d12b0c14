import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import type { Digest } from '../../../src/domain/digest.ts';
import { hostOf, pathOf, type Repository, refText, type Tag } from '../../../src/domain/image-ref.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { crane, requireLab } from '../../support/lab.ts';
import { type MadeImage, madeImage } from '../../support/made-image.ts';
import { clientOf, type RegistryProcess, repositoryAt, startRegistryProcess, tag } from '../../support/registries.ts';

const limitMs = 240_000;

const lab = requireLab();
let ports: Ports & AsyncDisposable;
let work: TempFolder;
let running: RegistryProcess | undefined;

beforeAll(async () => {
  ports = createPorts();
  work = await ports.files.tempFolder('slipway-crash-');
}, limitMs);

afterAll(async () => {
  await running?.kill();
  await work?.[Symbol.asyncDispose]();
  await ports?.[Symbol.asyncDispose]();
});

it(
  'a registry that is killed while it is written to has every tag that it acknowledged, and no torn one',
  async () => {
    const acknowledged = new Map<Tag, Digest>();
    const latestWas = new Set<Digest>();
    let current = await start(0);
    for (const [round, killAfter] of [3, 9, 17].entries()) {
      const { process: target, repository } = current;
      let answers = 0;
      let killed: Promise<void> | undefined;
      const places = Array.from({ length: 30 }, (_, place) => place);
      await inParallel(places, 5, async (place) => {
        const name = tag(`r${round}-${place}`);
        const made = madeImage({ layers: [{ name }] });
        latestWas.add(made.manifest.digest);
        if (!(await push(repository, made, name))) return;
        acknowledged.set(name, made.manifest.digest);
        if (!(await push(repository, made, tag('latest')))) return;
        answers += 1;
        // Others are in the middle of their writes at this moment.
        if (answers === killAfter) killed = target.kill();
      });
      await killed;
      expect(answers).toBeGreaterThanOrEqual(killAfter);
      expect(answers).toBeLessThan(places.length);

      current = await start(round + 1);
      const client = clientOf(ports);
      const listed = await client.listTags(current.repository);
      expect(listed).toEqual(expect.arrayContaining([...acknowledged.keys()]));
      for (const each of listed) {
        const raw = await client.readManifest(current.repository, each);
        const expected = each === 'latest' ? [...latestWas] : [acknowledged.get(each) ?? raw?.digest];
        expect(expected).toContain(raw?.digest);
        await crane(lab, 'validate', '--remote', refText({ repository: current.repository, tag: each }));
      }
    }
    const last = madeImage({ layers: [{ name: 'last' }] });
    expect(await push(current.repository, last, tag('last'))).toBe(true);
    expect((await clientOf(ports).resolve(current.repository, tag('last')))?.digest).toBe(last.manifest.digest);
  },
  limitMs,
);

/** Each process lives a minute after the one before it, so that a lock left behind is old and need not be waited for. */
async function start(round: number): Promise<{ process: RegistryProcess; repository: Repository }> {
  running = await startRegistryProcess(`${work.path}/registry`, round * 60_000);
  return { process: running, repository: repositoryAt(running, 'contract/crash') };
}

/** Pushes without a second attempt, and tells whether everything was acknowledged. */
async function push(repository: Repository, made: MadeImage, name: Tag): Promise<boolean> {
  const base = `http://${hostOf(repository)}/v2/${pathOf(repository)}`;
  for (const { descriptor, bytes } of made.blobs) {
    if (!(await sent('POST', `${base}/blobs/uploads/?digest=${descriptor.digest}`, bytes))) return false;
  }
  const { mediaType, bytes } = made.manifest;
  return sent('PUT', `${base}/manifests/${name}`, bytes, mediaType);
}

async function sent(method: string, url: string, bytes: Uint8Array, type = 'application/octet-stream') {
  try {
    const response = await fetch(url, { method, body: new Uint8Array(bytes), headers: { 'content-type': type } });
    await response.arrayBuffer();
    return response.status === 201;
  } catch {
    return false;
  }
}
