import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { attachRecord } from '../../../src/clients/records.ts';
import { createRegistryClient, type RegistryClient } from '../../../src/clients/registry/client.ts';
import { recordType } from '../../../src/domain/record.ts';
import { ReleaseJournal } from '../../../src/domain/release-journal.ts';
import type { ReleaseReport } from '../../../src/domain/release-report.ts';
import { push } from '../../../src/stages/push.ts';
import { release } from '../../../src/stages/release.ts';
import { resume } from '../../../src/stages/resume.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { startFaultProxy } from '../../support/fault-proxy/proxy.ts';
import { crane, requireLab } from '../../support/lab.ts';
import { madeRecord } from '../../support/made-plan.ts';
import type { ReleaseTask } from '../../support/release-process.ts';
import { journalBox, type MadeRelease, madeRelease, stageRelease } from '../../support/release-set.ts';

/** Two registries of other makers: Distribution 2.8, and Distribution 3. */
const lab = requireLab();
const ports = createPorts();
const count = 2;
const run = `further-${ports.random.hex(8)}`;
let folder: string;
let client: RegistryClient;
/** The tags that `client` wrote, lists of what is attached among them. */
let written: string[] = [];
const released = (): readonly string[] => written.filter((at) => !at.includes('/manifests/sha256-'));

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-registries-'));
  client = createRegistryClient({
    ...ports,
    http: {
      send(request) {
        const at = new URL(request.url).pathname;
        if (request.method === 'PUT' && /\/manifests\/[^:/]+$/.test(at)) written.push(at);
        return ports.http.send(request);
      },
    },
  });
});

afterAll(async () => {
  await ports[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Begun {
  readonly name: string;
  readonly further: string;
  readonly old: MadeRelease;
  readonly made: MadeRelease;
}

const driven = () => ({ registry: client, clock: ports.clock, log: recordingLog() });

/** A set that was released to both as 1.2.2, and lies in the first, with its records, to be released as 1.2.3. */
async function begun(name: string, furtherHost = lab.registry3): Promise<Begun> {
  const further = `${furtherHost}/${run}/${name}`;
  const options = { count, prefix: `${lab.registry}/${run}/${name}`, further, endsInIndex: true };
  const [old, made] = [madeRelease('1.2.2', options), madeRelease('1.2.3', options)];
  for (const one of [old, made]) {
    await stageRelease(client, one);
    for (const { repository, made: image } of one.images) {
      const { digest } = image.manifest;
      await attachRecord(client, repository, madeRecord('image', { repository, digest }), [image.descriptor]);
    }
  }
  expect((await release(driven(), old, 'all')).state).toBe('released');
  written = [];
  return { name, further, old, made };
}

/** What every tag names in one of the registries, by a client that shares no line with ours. */
async function seen(host: string, { name, made }: Begun): Promise<Readonly<Record<string, string>>> {
  const names = Object.keys(made.wanted);
  const pairs = await Promise.all(
    names.map(async (tag) => [tag, await crane(lab, 'digest', `${host}/${run}/${name}/${tag}`).catch(() => 'none')]),
  );
  return Object.fromEntries(pairs);
}

async function expectWhole(work: Begun): Promise<void> {
  for (const host of [lab.registry, lab.registry3]) {
    expect([host, await seen(host, work)]).toEqual([host, work.made.wanted]);
  }
}

const floating = (named: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(named).filter(([tag]) => !tag.endsWith(':1.2.3')));

describe('a set that is released to two registries', () => {
  it('is the same in both, byte for byte, with the records; and a second run writes nothing', async () => {
    const work = await begun('whole');
    expect((await push(driven(), work.made)).state).toBe('released');
    expect((await release(driven(), work.made)).state).toBe('released');
    expect(released()).toHaveLength(count * 4 * 2);
    await expectWhole(work);
    for (const [place, { made }] of work.made.images.entries()) {
      const { digest } = made.manifest;
      for (const host of [lab.registry, lab.registry3]) {
        const at = `${host}/${run}/whole/image${place}`;
        // An attestation is no image to crane: of an index it looks at the platforms.
        const platforms = made.children.filter(({ descriptor }) => descriptor.annotations === undefined);
        for (const { manifest } of platforms.length === 0 ? [made] : platforms) {
          await crane(lab, 'validate', '--remote', `${at}@${manifest.digest}`);
        }
        // Neither keeps a list of its own, so it is in a tag that anybody can read.
        const list = JSON.parse(await crane(lab, 'manifest', `${at}:${digest.replace(':', '-')}`));
        expect(list.manifests).toEqual([expect.objectContaining({ artifactType: recordType })]);
        const record = JSON.parse(await crane(lab, 'manifest', `${at}@${list.manifests[0].digest}`));
        expect(record.subject.digest).toBe(digest);
        await crane(lab, 'blob', `${at}@${record.layers[0].digest}`);
      }
    }
    written = [];
    expect((await push(driven(), work.made)).state).toBe('unchanged');
    expect((await release(driven(), work.made)).state).toBe('unchanged');
    expect(written).toEqual([]);
  });

  it('that the second one breaks off is put back in both, and is ended by its journal', async () => {
    const proxy = await startFaultProxy({ upstream: `http://${lab.registry3}`, rules: [] });
    try {
      const work = await begun('broken', proxy.host);
      const body = { errors: [{ code: 'DENIED', message: 'the storage is full' }] };
      const match = { kind: 'manifest-tag', method: 'PUT', path: '/image1/manifests/latest$' } as const;
      proxy.follow([{ match, always: true, fault: { kind: 'answer', status: 507, body } }]);
      const box = journalBox();
      const clock = fakeClock();
      const broken = await release(
        { ...driven(), clock, registry: client },
        { ...work.made, facts: { keepJournal: box.keep } },
        'all',
      );
      expect(broken.state).toBe('partial');
      for (const host of [lab.registry, lab.registry3]) {
        const now = await seen(host, work);
        // Every version is there, and nobody has followed it: what had moved is back, in the first as well.
        const was = Object.fromEntries(Object.entries(work.old.wanted).filter(([tag]) => !tag.endsWith(':1.2.2')));
        expect([host, floating(now)]).toEqual([host, was]);
        expect([now['image0:1.2.3'], now['image1:1.2.3']]).toEqual([
          work.made.wanted['image0:1.2.3'],
          work.made.wanted['image1:1.2.3'],
        ]);
      }
      proxy.follow([]);
      const report = await resume(driven(), ReleaseJournal.parse(box.read()), {});
      expect(report.state).toBe('released');
      await expectWhole(work);
    } finally {
      await proxy[Symbol.asyncDispose]();
    }
  });

  it('at which its process is killed is taken up, and ends as whole, with no write too many', async () => {
    const { labels } = await inProcess(await begun('list'), 0);
    const place = (label: RegExp, nth = 0): number => {
      const found = labels.flatMap((one, at) => (label.test(one) ? [at + 1] : []));
      const point = found.at(nth);
      if (point === undefined) throw new Error(`no point is ${label}`);
      return point;
    };
    const points = {
      'before the first copy': place(/^before PUT \S+\/image\d\/manifests\/DIGEST/),
      'after the last copy': place(/^after PUT \S+\/image\d\/manifests\/DIGEST/, -1),
      'after the journal': place(/^after the journal/),
      'among the versions': place(/^after PUT \S+\/manifests\/1\.2\.3/, 1),
      'among latest': place(/^after PUT \S+\/manifests\/latest/, 1),
    };
    for (const [name, point] of Object.entries(points)) {
      const work = await begun(name.replaceAll(' ', '-'));
      expect([name, (await inProcess(work, point)).signal]).toEqual([name, 'SIGKILL']);
      const missing = [...(await wrongIn(lab.registry, work)), ...(await wrongIn(lab.registry3, work))];
      written = [];
      expect([name, (await takenUp(work)).state]).toEqual([name, 'released']);
      expect([name, released().length]).toEqual([name, missing.length]);
      await expectWhole(work);
    }
  }, 180_000);
});

async function wrongIn(host: string, work: Begun): Promise<readonly string[]> {
  const now = await seen(host, work);
  return Object.entries(work.made.wanted).flatMap(([tag, digest]) => (now[tag] === digest ? [] : [tag]));
}

const journalOf = ({ name }: Begun): string => path.join(folder, `${name}.journal.json`);

/** Releases 1.2.3 in a process of its own, which is killed at a point; with 0 it tells the labels of all points. */
async function inProcess(
  work: Begun,
  point: number,
): Promise<{ readonly labels: readonly string[]; readonly signal: NodeJS.Signals | null }> {
  const { name, further } = work;
  const prefix = `${lab.registry}/${run}/${name}`;
  const task: ReleaseTask = {
    ...{ prefix, further, version: '1.2.3', count, journal: journalOf(work), point, signal: 'SIGKILL' },
  };
  const file = path.join(folder, `${name}.task.json`);
  await writeFile(file, JSON.stringify(task));
  const entry = fileURLToPath(new URL('../../support/release-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => resolve({ labels: text === '' ? [] : JSON.parse(text).labels, signal }));
  });
}

/** By its journal where one was written, else by running it again. */
async function takenUp(work: Begun): Promise<ReleaseReport> {
  const text = await readFile(journalOf(work), 'utf8').catch(() => undefined);
  if (text === undefined) return release(driven(), work.made, 'all');
  return resume(driven(), ReleaseJournal.parse(JSON.parse(text)), {});
}
