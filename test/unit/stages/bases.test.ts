import { describe, expect, it } from '@jest/globals';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { impatientHttp } from '../../../src/clients/registry/impatient.ts';
import type { WantedBase } from '../../../src/domain/base-image.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { referenceTypeAnnotation } from '../../../src/formats/oci.ts';
import type { Http } from '../../../src/ports/http.ts';
import { resolveBases, withDigests } from '../../../src/stages/planning/bases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { handClock } from '../../support/hand-clock.ts';
import { type MadeImage, madeArtifact, madeImage, madeIndex } from '../../support/made-image.ts';

const budgetMs = 2000;
const amd64 = madeImage();
const arm64 = madeImage({ platform: 'linux/arm64/v8' });
const armv6 = madeImage({ platform: 'linux/arm/v6' });
const base = 'registry.test/base/os';
const repository = parseRepository(base, 'test');

function wanted(reference: string, platforms: readonly string[] = ['linux/amd64'], line = 3): WantedBase {
  return { reference, platforms: platforms.map(parsePlatform), where: { file: 'app/Dockerfile', line } };
}

interface Asked {
  readonly publishes?: boolean;
  readonly clock?: ReturnType<typeof handClock>;
}

function resolve(registry: Pick<FakeRegistry, 'client'>, bases: readonly WantedBase[], asked: Asked = {}) {
  const { publishes = false, clock = handClock() } = asked;
  return resolveBases({ registry: registry.client, clock }, bases, { budgetMs, publishes });
}

async function published(made: MadeImage, tag = '1'): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  await registry.publish(repository, made, tag);
  return registry;
}

const digestsOf = (made: MadeImage, ...images: readonly (readonly [string, MadeImage])[]) => ({
  kind: 'resolved',
  base: {
    digest: made.manifest.digest,
    platforms: new Map(images.map(([platform, image]) => [platform, image.manifest.digest])),
  },
});

describe('the bases from outside', () => {
  const attested = madeIndex([amd64, arm64], { attestation: true });

  it('have the digest of their index and of each platform in it, by one request, and attestations are none', async () => {
    const registry = await published(attested);
    const { bases, notes } = await resolve(registry, [wanted(`${base}:1`, ['linux/amd64', 'linux/arm64'])]);
    expect(bases.get(`${base}:1`)).toEqual(digestsOf(attested, ['linux/amd64', amd64], ['linux/arm64', arm64]));
    expect(notes).toEqual([]);
    expect(registry.lines).toEqual(['GET /v2/base/os/manifests/1']);
  });

  it('have the platform that the config of a single image says', async () => {
    const registry = await published(arm64);
    const { bases } = await resolve(registry, [wanted(`${base}:1`, ['linux/arm64'])]);
    expect(bases.get(`${base}:1`)).toEqual(digestsOf(arm64, ['linux/arm64', arm64]));
  });

  it('may be in an index of indexes, beside what is no image', async () => {
    const inner = madeIndex([arm64], { attestation: true });
    const artifact = madeArtifact('application/vnd.example', 'x');
    const whole = madeIndex([amd64, inner, artifact]);
    const registry = await published(whole);
    const { bases } = await resolve(registry, [wanted(`${base}:1`)]);
    expect(bases.get(`${base}:1`)).toEqual(digestsOf(whole, ['linux/amd64', amd64], ['linux/arm64', arm64]));
  });

  it('are not an attestation that gives itself a platform', async () => {
    const attestation = madeArtifact('application/vnd.in-toto+json', 'x');
    const annotations = { [referenceTypeAnnotation]: 'attestation-manifest' };
    const platform = { os: 'linux', architecture: 'amd64' };
    const claiming = { ...attestation, descriptor: { ...attestation.descriptor, platform, annotations } };
    const whole = madeIndex([claiming, amd64]);
    const { bases } = await resolve(await published(whole), [wanted(`${base}:1`)]);
    expect(bases.get(`${base}:1`)).toEqual(digestsOf(whole, ['linux/amd64', amd64]));
  });

  it('are asked about once each, however they are spelled and however often they are named', async () => {
    const registry = await published(attested, 'latest');
    const { bases } = await resolve(
      registry,
      [base, base, `${base}:latest`].map((one) => wanted(one)),
    );
    expect([...bases.keys()]).toEqual([base, `${base}:latest`]);
    expect(registry.lines).toHaveLength(1);
  });

  it('keep the digest that pins them, and their platforms are looked up', async () => {
    const registry = await published(attested);
    const pinned = `${base}:2@${attested.manifest.digest}`;
    const { bases } = await resolve(registry, [wanted(pinned)]);
    expect(bases.get(pinned)).toEqual(digestsOf(attested, ['linux/amd64', amd64], ['linux/arm64', arm64]));
  });

  it.each([['linux/arm/v7'], ['linux/arm']])(
    'serve %s with an older variant where there is no other',
    async (platform) => {
      const made = madeIndex([amd64, armv6]);
      const { bases } = await resolve(await published(made), [wanted(`${base}:1`, [platform])]);
      const planned = { reference: `${base}:1`, key: null, digest: null, platforms: {} };
      expect(withDigests(planned, [parsePlatform(platform)], bases.get(`${base}:1`))).toEqual({
        ...planned,
        digest: made.manifest.digest,
        platforms: { 'linux/arm/v7': armv6.manifest.digest },
      });
    },
  );

  it('stop the plan where they lack a platform, and what they have is said', async () => {
    const registry = await published(madeIndex([armv6, amd64], { attestation: true }));
    const bases = [wanted(`${base}:1`), wanted(`${base}:1`, ['linux/amd64', 'linux/arm64'], 7)];
    await expect(resolve(registry, bases)).rejects.toMatchObject({
      code: 'base-platform-missing',
      exitCode: 2,
      where: { file: 'app/Dockerfile', line: 7 },
      what: `${base}:1 is not there for linux/arm64; it has linux/amd64, linux/arm/v6`,
    });
  });

  it('may lack every platform where only the builder needs them', async () => {
    const { bases } = await resolve(await published(attested), [wanted(`${base}:1`, [])]);
    expect(bases.get(`${base}:1`)?.kind).toBe('resolved');
  });

  it('stop the plan where the registry says that there are none, also on a run that publishes nothing', async () => {
    const registry = await published(attested);
    await expect(resolve(registry, [wanted(`${base}:other`, [], 9)])).rejects.toMatchObject({
      code: 'base-absent',
      exitCode: 2,
      where: { file: 'app/Dockerfile', line: 9 },
    });
  });

  it.each([401, 403])('stop a plan that publishes where the registry answers %d', async (status) => {
    const registry = (await published(attested)).fault({ on: /manifests/, status });
    await expect(resolve(registry, [wanted(`${base}:1`)], { publishes: true })).rejects.toMatchObject({
      code: 'registry-denied',
      exitCode: 3,
      status,
    });
  });

  it.each([
    [401, false],
    [403, false],
    [429, true],
    [500, true],
    [503, true],
  ])('are unknown, with a note, where the registry answers %d', async (status, publishes) => {
    const registry = (await published(attested)).fault({ on: /manifests/, status });
    const { bases, notes } = await resolve(registry, [wanted(`${base}:1`), wanted(`${base}:2`)], { publishes });
    expect([...bases.values()].map(({ kind }) => kind)).toEqual(['unreachable', 'unreachable']);
    expect(notes.join()).toContain(`${base}:1`);
  });

  it('are unknown, with one note, where the line breaks', async () => {
    const registry = new FakeRegistry().fault({ on: /manifests/, breaks: true });
    const { notes } = await resolve(registry, [wanted(`${base}:1`), wanted(`${base}:2`)]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/os:1, .*os:2: .*the line broke/);
  });

  it('show a mistake of ours as one', async () => {
    const client = { ...new FakeRegistry().client, readManifest: () => Promise.reject(new TypeError('ours')) };
    await expect(resolve({ client }, [wanted(base)])).rejects.toThrow(TypeError);
  });

  it('need nothing where there are none', async () => {
    const clock = handClock();
    expect(await resolve(new FakeRegistry(), [], { clock })).toEqual({ bases: new Map(), notes: [] });
    expect(clock.sleepers).toBe(0);
  });
});

describe('a registry that does not answer', () => {
  /** `slow` answers only when told to, and then as it must not matter any more. */
  function halfDead(real: FakeRegistry) {
    let tell: (status: 'fails' | 'answers') => void = () => {};
    const late = new Promise<'fails' | 'answers'>((resolve) => {
      tell = resolve;
    });
    const client: FakeRegistry['client'] = {
      ...real.client,
      async readManifest(at, reference) {
        if (String(at).includes('/slow') && (await late) === 'fails') throw new Error('too late to matter');
        return real.client.readManifest(at, reference);
      },
    };
    return {
      client,
      answer(status: 'fails' | 'answers'): void {
        void tell(status);
      },
    };
  }

  it.each(['fails', 'answers'] as const)('costs the budget, and what it %s later changes nothing', async (end) => {
    const made = madeIndex([amd64]);
    const dead = halfDead(await published(made));
    const clock = handClock();
    const references = [`${base}:1`, 'registry.test/slow/a', 'registry.test/slow/b'];
    const resolving = resolve(
      dead,
      references.map((one) => wanted(one)),
      { clock, publishes: true },
    );
    await settled();
    clock.pass(budgetMs - 1);
    expect(clock.sleepers).toBe(1);
    clock.pass(1);
    const { bases, notes } = await resolving;
    expect([...bases].map(([reference, { kind }]) => [reference, kind])).toEqual([
      [`${base}:1`, 'resolved'],
      ['registry.test/slow/a', 'unreachable'],
      ['registry.test/slow/b', 'unreachable'],
    ]);
    expect(notes).toEqual([
      'nobody could tell what is behind registry.test/slow/a, registry.test/slow/b: no answer within 2 s',
    ]);
    dead.answer(end);
    await settled();
    expect(bases.size).toBe(3);
  });

  it('is not asked for the rest once the budget is over, and holds up no other host', async () => {
    const asked: string[] = [];
    const client: FakeRegistry['client'] = {
      ...(await published(madeIndex([amd64]))).client,
      readManifest(at) {
        asked.push(at);
        return new Promise(() => {});
      },
    };
    const clock = handClock();
    const slow = Array.from({ length: 50 }, (_, at) => wanted(`slow.test/a/${at}`));
    const resolving = resolve({ client }, [...slow, wanted('other.test/a/b')], { clock });
    await settled();
    expect(asked).toContain('other.test/a/b');
    expect(asked.length).toBeLessThan(20);
    clock.pass(budgetMs);
    expect((await resolving).bases.size).toBe(51);
    expect(asked.length).toBeLessThan(20);
  });

  it('leaves nobody asleep once all have answered', async () => {
    const clock = handClock();
    await resolve(await published(madeIndex([amd64])), [wanted(`${base}:1`)], { clock });
    await settled();
    expect(clock.sleepers).toBe(0);
  });

  it.each([401, 403, 404, 500])('after a %d gets no time beyond the budget', async (status) => {
    const clock = fakeClock();
    const allowed: number[] = [];
    const http: Http = {
      async send(request) {
        allowed.push(request.idleTimeoutMs ?? Number.POSITIVE_INFINITY, request.retry?.budgetMs ?? 0);
        await clock.sleep(1500);
        if (allowed.length === 2) return (await published(amd64)).fault({ on: /./, status }).http.send(request);
        throw new RemoteError({ code: 'remote-unreachable', what: 'silence', state: 'unknown', next: 'again' });
      },
    };
    const random = { hex: () => '00' };
    const client = createRegistryClient({ http: impatientHttp(http, clock, budgetMs), clock, random });
    const ask = () => client.readManifest(repository, parseTag('1', 'test')).catch((error: unknown) => error);
    await ask();
    await ask();
    const last = await ask();
    expect(allowed).toEqual([2000, 2000, 500, 500]);
    expect(last).toMatchObject({ code: 'remote-unreachable', what: expect.stringContaining('2 s were over') });
  });
});

/** Everything that was ready to go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
