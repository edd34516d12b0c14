import { describe, expect, it } from '@jest/globals';
import { createRegistryClient } from '../../../../src/clients/registry/client.ts';
import { digestOf } from '../../../../src/domain/digest.ts';
import { RemoteError } from '../../../../src/domain/errors.ts';
import type { RawManifest } from '../../../../src/ports/content.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { FakeHttp, type ScriptedAnswer } from '../../../support/fake-http.ts';
import { base, failure, latest, manifestOf, manifestType, repository } from './fixture.ts';

const ours = manifestOf('ours');
const before = manifestOf('before');
const foreign = manifestOf('foreign');
const byTag = `${base}/manifests/latest`;
const naming = ({ bytes }: RawManifest): ScriptedAnswer => ({ headers: { 'content-type': manifestType }, body: bytes });
const absent: ScriptedAnswer = { status: 404 };
const taken: ScriptedAnswer = { status: 201 };

function write(http: FakeHttp, previous: RawManifest | undefined = before) {
  const clock = fakeClock();
  const client = createRegistryClient({ http, clock, random: { hex: (digits) => '5'.repeat(digits) } });
  const written = client.writeTag(repository, { tag: latest, manifest: ours, previous: previous?.digest });
  return { written, clock };
}

describe('writing a tag', () => {
  it('is done when the first look shows the very bytes', async () => {
    const { written, clock } = write(new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, naming(ours)));
    expect(await written).toEqual({ digest: ours.digest, lateMs: 0, refused: undefined });
    expect(clock.slept).toEqual([]);
  });

  it('is done for a manifest whose digest is a sha512', async () => {
    const digest = digestOf(ours.bytes, 'sha512');
    const http = new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, naming(ours));
    const client = createRegistryClient({ http, clock: fakeClock(), random: { hex: () => '5555' } });
    const write = { tag: latest, manifest: { ...ours, digest }, previous: undefined };
    expect((await client.writeTag(repository, write)).digest).toBe(digest);
  });

  it('believes the bytes and not a header that names our digest', async () => {
    const lie = { ...naming(foreign), headers: { 'content-type': manifestType, 'docker-content-digest': ours.digest } };
    const { written } = write(new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, lie));
    expect((await failure(written)).code).toBe('content-damaged');
  });

  it('wants three equal looks in a row once one has shown something older', async () => {
    const looks = [before, ours, before, ours, ours, ours].map(naming);
    const { written, clock } = write(new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, ...looks));
    expect((await written).digest).toBe(ours.digest);
    expect(clock.slept).toEqual([250, 500, 1000, 2000, 4000]);
  });

  it('waits for a tag that is not to be seen yet, and tells how late it was', async () => {
    const looks = [absent, absent, naming(ours), naming(ours), naming(ours)];
    const { written } = write(new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, ...looks), undefined);
    expect(await written).toMatchObject({ digest: ours.digest, lateMs: 3750 });
  });

  it('stops waiting after a minute and says what is there', async () => {
    const { written, clock } = write(new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, () => naming(before)));
    expect((await written).digest).toBe(before.digest);
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...clock.slept)).toBe(5_000);
  });

  it('does not wait where somebody else has written', async () => {
    const { written, clock } = write(new FakeHttp().on('PUT', byTag, taken).on('GET', byTag, naming(foreign)));
    expect((await written).digest).toBe(foreign.digest);
    expect(clock.slept).toEqual([]);
  });

  it('counts a write whose reply was lost, when the tag shows it', async () => {
    const http = new FakeHttp().on('GET', byTag, naming(ours)).on('PUT', byTag, () => {
      throw new RemoteError({ code: 'remote-unreachable', what: 'broke', state: 'not known', next: 'again' });
    });
    expect(await write(http).written).toMatchObject({ digest: ours.digest, refused: undefined });
  });

  it('counts a write that was refused because its first try had gone through', async () => {
    const immutable = { status: 400, body: '{"errors":[{"code":"TAG_INVALID"}]}' };
    const { written } = write(new FakeHttp().on('PUT', byTag, immutable).on('GET', byTag, naming(ours)));
    expect(await written).toMatchObject({ digest: ours.digest, refused: undefined });
  });

  it('gives the reason of a refusal at once where the tag is still the old one', async () => {
    const { written, clock } = write(new FakeHttp().on('PUT', byTag, { status: 403 }).on('GET', byTag, naming(before)));
    expect(await written).toMatchObject({ digest: before.digest, refused: { code: 'registry-denied' } });
    expect(clock.slept).toEqual([]);
  });

  it('writes a torn tag again', async () => {
    const http = new FakeHttp().on('PUT', byTag, taken, taken).on('GET', byTag, { status: 500 }, naming(ours));
    expect((await write(http).written).digest).toBe(ours.digest);
    expect(http.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  it('gives up on a tag that stays torn after two repairs', async () => {
    const http = new FakeHttp().on('PUT', byTag, () => taken).on('GET', byTag, () => ({ status: 500 }));
    expect((await failure(write(http).written)).status).toBe(500);
    expect(http.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(3);
  });
});
