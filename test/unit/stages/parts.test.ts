import { beforeEach, describe, expect, it } from '@jest/globals';
import { readRecords } from '../../../src/clients/records.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import { rowsOf } from '../../../src/domain/rows.ts';
import type { SplitImage } from '../../../src/domain/whole-image.ts';
import { OciIndex } from '../../../src/formats/oci.ts';
import { provenBy } from '../../../src/pipelines/proven-images.ts';
import { assemble } from '../../../src/stages/assemble.ts';
import { gate } from '../../../src/stages/gate.ts';
import { push } from '../../../src/stages/push.ts';
import { release } from '../../../src/stages/release.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type MadeImage, madeImage, madeIndex } from '../../support/made-image.ts';
import { madePlan, madePlanned, madePlatformRecord, madeRecord, tagsNamed } from '../../support/made-plan.ts';

const names = ['linux/amd64', 'linux/arm64'] as const;
const tags = { immutable: tagsNamed('v1.0.0'), floating: tagsNamed('main') };
const plan = planFor(names);
const { repository } = madePlanned();

/** A plan of one image, each platform of which has a runner of its own. */
function planFor(platforms: readonly string[]): Plan {
  const images = [madePlanned('app', { platforms: platforms.map(parsePlatform), tags })];
  const own = new Map(platforms.map((name) => [parsePlatform(name), [name.replaceAll('/', '-')]]));
  const whole = madePlan({ images });
  return { ...whole, rows: [...rowsOf(whole, { runners: { usual: [], own } })] };
}

/** What the job of one platform builds and hands on. */
interface Part {
  readonly image: MadeImage;
  readonly index: MadeImage;
  readonly record: ImageRecord;
}

function partOn(platform: string, changes: Partial<ImageRecord> = {}): Part {
  const image = madeImage({ platform, layers: 2 });
  const index = madeIndex([image], { attestation: true });
  const platforms = [{ ...madePlatformRecord(platform), digest: image.manifest.digest }];
  return { image, index, record: madeRecord('app', { digest: index.manifest.digest, platforms, ...changes }) };
}

const amd64 = partOn('linux/amd64');
const arm64 = partOn('linux/arm64');

let registry: FakeRegistry;

beforeEach(() => {
  registry = new FakeRegistry();
});

async function stage(...parts: readonly Part[]): Promise<void> {
  for (const { index, record } of parts) {
    await registry.publish(repository, index);
    await registry.attach(record, index);
  }
}

/** What the gate is asked about, as the results of the jobs make it. */
async function handedOn(parts: readonly Part[], its: Plan = plan) {
  const records = parts.map(({ record }) => record);
  const split = await assemble({ registry: registry.client }, { plan: its, records });
  const result = { schema: 'slipway.result/1' as const, plan: digestOf('plan'), row: 'app', run: its.run, records };
  return { plan: its, set: setOf(its, provenBy([result], split)), split };
}

async function judged(parts: readonly Part[] = [amd64, arm64], its: Plan = plan) {
  const verdict = await gate({ registry: registry.client }, await handedOn(parts, its));
  return { state: verdict.state, why: verdict.images.map((image) => image.reasons.join('; ')).join() };
}

function assembledIn([image]: readonly SplitImage[]): Extract<SplitImage['whole'], { kind: 'assembled' }> {
  if (image?.whole.kind !== 'assembled') throw new Error('no index was assembled');
  return image.whole;
}

describe('the gate over an image in parts', () => {
  it('lets pass what is whole in every part, before its index is anywhere', async () => {
    await stage(amd64, arm64);
    expect(await judged()).toEqual({ state: 'match', why: '' });
    expect(registry.lines.filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
  });

  it('judges one digest, in whichever order the parts come', async () => {
    await stage(amd64, arm64);
    const [one, other] = [await handedOn([amd64, arm64]), await handedOn([arm64, amd64])];
    expect(one.set).toEqual(other.set);
    expect(one.set.images[0]?.digest).toBe(assembledIn(one.split).index.digest);
  });

  it('cannot verify one of which a part is not there, and names it', async () => {
    await stage(amd64);
    expect(await judged()).toEqual({
      state: 'unverifiable',
      why: expect.stringMatching(
        new RegExp(
          `^the part for linux/arm64: ${arm64.record.digest} is not in ${repository}; a registry that collects`,
        ),
      ),
    });
  });

  it('names each part that is not there', async () => {
    expect((await judged()).why).toMatch(/^the part for linux\/amd64: .*; the part for linux\/arm64: /);
  });

  it('cannot verify one of which a part has no record beside it', async () => {
    await stage(amd64);
    await registry.publish(repository, arm64.index);
    expect(await judged()).toEqual({
      state: 'unverifiable',
      why: expect.stringMatching(/^the part for linux\/arm64: its record sha256:\w+ is not beside it: there is none$/),
    });
  });

  it('refuses a part that holds another image than the tested one', async () => {
    const swapped = { ...arm64, record: { ...arm64.record, platforms: [madePlatformRecord('linux/arm64')] } };
    await stage(amd64, swapped);
    expect(await judged([amd64, swapped])).toEqual({
      state: 'mismatch',
      why: `the part for linux/arm64: for linux/arm64 it holds ${arm64.image.manifest.digest}, and that was not tested`,
    });
  });

  it('refuses a part that was exchanged for the other one', async () => {
    const exchanged = { ...arm64, record: { ...arm64.record, digest: amd64.record.digest } };
    await stage(amd64);
    await registry.attach(exchanged.record, amd64.index);
    expect(await judged([amd64, exchanged])).toEqual({
      state: 'mismatch',
      why: expect.stringMatching(/^the part for linux\/arm64: for linux\/amd64 it holds .* was not tested$/),
    });
  });

  it('refuses a part of other inputs', async () => {
    const other = partOn('linux/arm64', { identity: digestOf('other inputs') });
    await stage(amd64, other);
    expect(await judged([amd64, other])).toEqual({
      state: 'mismatch',
      why: expect.stringMatching(/^its parts differ in input identity: /),
    });
  });

  it('refuses parts that are all of other inputs than the plan', async () => {
    const others = names.map((name) => partOn(name, { identity: digestOf('other inputs') }));
    await stage(...others);
    expect(await judged(others)).toEqual({ state: 'mismatch', why: 'its record is of other inputs than the plan' });
  });

  it('refuses one of which a part did not pass its tests', async () => {
    const failed = partOn('linux/arm64', { test: 'failed' });
    await stage(amd64, failed);
    expect(await judged([amd64, failed])).toEqual({ state: 'mismatch', why: 'its tests failed' });
  });

  it('refuses one of which the plan has more platforms than its parts', async () => {
    await stage(amd64, arm64);
    const wider = planFor([...names, 'linux/s390x']);
    expect(await judged([amd64, arm64], wider)).toEqual({ state: 'mismatch', why: 'it lacks linux/s390x' });
  });

  it('refuses a part of which a layer is gone', async () => {
    await stage(amd64, arm64);
    const layer = arm64.image.blobs.at(-1)?.descriptor.digest ?? '';
    registry.fault({ on: new RegExp(`^HEAD .*/blobs/${layer}$`), status: 404 });
    expect(await judged()).toEqual({
      state: 'mismatch',
      why: `the part for linux/arm64: its layer ${layer} is not there`,
    });
  });

  it('does not take a broken line for damage', async () => {
    await stage(amd64, arm64);
    registry.fault({ on: new RegExp(`^GET .*/manifests/${arm64.record.digest}$`), breaks: true });
    await expect(judged()).rejects.toMatchObject({ code: 'host-unreachable' });
  });
});

describe('the release of an image in parts', () => {
  const ports = () => ({ registry: registry.client, clock: registry.clock, log: recordingLog() });
  /** Without uploads on trial, to which nothing is sent. */
  const writes = () => {
    const all = registry.lines.filter((line) => !/^(GET|HEAD) /.test(line));
    return all.filter(
      (line, at) => !/^POST .*\/uploads\/$/.test(line) || /^(PUT|PATCH) .*\/uploads\//.test(all[at + 1] ?? ''),
    );
  };

  it('writes the index and its record before the first tag, and tags that index', async () => {
    await stage(amd64, arm64);
    const work = await handedOn([amd64, arm64]);
    const whole = assembledIn(work.split);
    expect((await push(ports(), work)).state).toBe('released');
    const { digest } = whole.index;
    expect(await registry.named(repository, 'v1.0.0')).toBe(digest);
    expect((await readRecords(registry.other, repository, digest)).records).toEqual([
      { digest: whole.recordDigest, record: whole.record },
    ]);
    const manifests = writes().flatMap((line) => /^PUT .*\/manifests\/(.+)$/.exec(line)?.[1] ?? []);
    expect(manifests).toEqual([digest, expect.stringMatching(/^sha256:/), 'v1.0.0']);
  });

  it('gives that index both platforms, each with its attestation behind it', async () => {
    await stage(amd64, arm64);
    const { bytes } = assembledIn((await handedOn([amd64, arm64])).split).index;
    const members = OciIndex.parse(JSON.parse(new TextDecoder().decode(bytes))).manifests.map((one) => one.digest);
    const expected: (Digest | undefined)[] = [amd64, arm64].flatMap(({ index }) =>
      index.children.map((child) => child.manifest.digest),
    );
    expect(members).toEqual(expected);
  });

  it('finds the same digest in the next step, and adds nothing but its tags', async () => {
    await stage(amd64, arm64);
    await push(ports(), await handedOn([amd64, arm64]));
    const before = writes().length;
    const later = await handedOn([amd64, arm64]);
    expect((await release(ports(), later)).state).toBe('released');
    expect(writes().slice(before)).toEqual([expect.stringMatching(/^PUT .*\/manifests\/main$/)]);
    expect(await registry.named(repository, 'main')).toBe(await registry.named(repository, 'v1.0.0'));
  });

  it('writes nothing the second time', async () => {
    await stage(amd64, arm64);
    await push(ports(), await handedOn([amd64, arm64]));
    const before = writes().length;
    expect((await push(ports(), await handedOn([amd64, arm64]))).state).toBe('unchanged');
    expect(writes().slice(before)).toEqual([]);
  });

  it('adds the record alone where the index is there without it', async () => {
    await stage(amd64, arm64);
    const work = await handedOn([amd64, arm64]);
    const whole = assembledIn(work.split);
    await registry.other.putManifest(repository, whole.index.digest, whole.index);
    await push(ports(), work);
    expect(writes()).not.toContainEqual(expect.stringMatching(new RegExp(`^PUT .*/manifests/${whole.index.digest}$`)));
    expect((await readRecords(registry.other, repository, whole.index.digest)).records).toHaveLength(1);
  });

  it('writes no index where a tag is refused', async () => {
    await stage(amd64, arm64);
    await registry.publish(repository, madeImage({ layers: 3 }), 'v1.0.0');
    await expect(push(ports(), await handedOn([amd64, arm64]))).rejects.toMatchObject({ code: 'tag-refused' });
    expect(writes()).toEqual([]);
  });
});
