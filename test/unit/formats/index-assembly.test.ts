import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../src/domain/digest.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { assembleIndex, type IndexPart } from '../../../src/formats/index-assembly.ts';
import { isAttestation, mediaTypes, type OciDescriptor, OciIndex } from '../../../src/formats/oci.ts';
import { madeArtifact, madeImage, madeIndex } from '../../support/made-image.ts';

/** A part with an image, and an attestation about each, for each of these platforms. */
function partOf(platforms: readonly string[], mine: readonly string[] = platforms, text = ''): IndexPart {
  const images = platforms.map((platform) => madeImage({ platform, config: { Labels: { text } } }));
  const members = madeIndex(images, { attestation: true }).children.map((child) => child.descriptor);
  return { name: `the part ${platforms}`, members, platforms: mine.map(parsePlatform) };
}

function documentOf(parts: readonly IndexPart[]): OciIndex {
  return OciIndex.parse(JSON.parse(new TextDecoder().decode(assembleIndex(parts).bytes)));
}

const namesIn = ({ manifests }: OciIndex): string[] =>
  manifests.map((one) => (isAttestation(one) ? 'attestation' : Object.values(one.platform ?? {}).join('/')));
const bytesOf = (parts: readonly IndexPart[]): string => new TextDecoder().decode(assembleIndex(parts).bytes);

/** A part whose one member is changed. */
function changed(part: IndexPart, change: (member: OciDescriptor) => OciDescriptor): IndexPart {
  return { ...part, members: part.members.map(change) };
}

describe('assembleIndex', () => {
  it('puts linux first, then amd64, arm64 and the rest by name, each with its attestation behind it', () => {
    const windows = partOf(['windows/amd64']);
    const parts = [windows, partOf(['linux/s390x', 'linux/arm/v7']), partOf(['linux/arm64']), partOf(['linux/amd64'])];
    const index = documentOf(parts);
    const images = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x', 'windows/amd64'];
    expect(namesIn(index)).toEqual(images.flatMap((image) => [image, 'attestation']));
    for (const [place, member] of index.manifests.entries()) {
      if (!isAttestation(member)) continue;
      expect(member.annotations?.['vnd.docker.reference.digest']).toBe(index.manifests[place - 1]?.digest);
    }
  });

  it('is an index of the OCI, with fields in a fixed order, and says what its digest is', () => {
    const raw = assembleIndex([partOf(['linux/amd64'])]);
    const [image] = madeIndex([madeImage({ config: { Labels: { text: '' } } })]).children;
    expect(raw.mediaType).toBe(mediaTypes.index);
    expect(raw.digest).toBe(digestOf(raw.bytes));
    expect(new TextDecoder().decode(raw.bytes)).toMatch(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[{"mediaType":"${mediaTypes.manifest}",` +
        `"digest":"${image?.manifest.digest}","size":${image?.manifest.bytes.length},` +
        '"platform":{"os":"linux","architecture":"amd64"}}',
    );
  });

  it('gives equal bytes for equal parts, in whichever order they and their members come', () => {
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/386', 'windows/amd64'];
    const parts = platforms.map((platform) => ({
      ...partOf([platform]),
      annotations: { b: '1', a: '1' },
    }));
    const expected = bytesOf(parts);
    const shuffled = fc.shuffledSubarray(parts, { minLength: parts.length });
    fc.assert(
      fc.property(shuffled, fc.boolean(), (others, isReversed) => {
        const turned = others.map((part) => (isReversed ? { ...part, members: part.members.toReversed() } : part));
        expect(bytesOf(turned)).toBe(expected);
      }),
    );
  });

  it('does not care how builders spell a platform, or order annotations', () => {
    const part = partOf(['linux/arm64']);
    const platform = { architecture: 'aarch64', variant: 'v8', os: 'linux' };
    const other = changed(part, (member) => (isAttestation(member) ? member : { ...member, platform }));
    expect(bytesOf([other])).toBe(bytesOf([part]));
    expect(bytesOf([part, other])).toBe(bytesOf([other, part]));
    const [one, two] = [
      { x: '1', y: '2' },
      { y: '2', x: '1' },
    ].map((annotations) =>
      changed(part, (member) => ({ ...member, annotations: { ...annotations, ...member.annotations } })),
    );
    expect(bytesOf(one === undefined ? [] : [one])).toBe(bytesOf(two === undefined ? [] : [two]));
  });

  it('leaves out what is of one run or one place', () => {
    const part = partOf(['linux/amd64']);
    const passing = {
      'org.opencontainers.image.created': '2026-01-01T00:00:00Z',
      'org.opencontainers.image.ref.name': 'latest',
      'io.containerd.image.name': 'docker.io/library/app:latest',
    };
    const noted = changed(part, (member) => ({ ...member, annotations: { ...member.annotations, ...passing } }));
    expect(bytesOf([{ ...noted, annotations: passing }])).toBe(bytesOf([part]));
  });

  it('keeps annotations that all parts agree on, and those of a member', () => {
    const annotations = { title: 'app', part: '1' };
    const one = { ...partOf(['linux/amd64']), annotations };
    const two = { ...partOf(['linux/arm64']), annotations: { ...annotations, part: '2' } };
    const noted = changed(one, (member) =>
      isAttestation(member) ? member : { ...member, annotations: { kept: 'yes' } },
    );
    const index = documentOf([noted, two]);
    expect(index.annotations).toEqual({ title: 'app' });
    expect(index.manifests[0]?.annotations).toEqual({ kept: 'yes' });
  });

  it('takes from a part its own platforms only, and no attestation about others', () => {
    const both = partOf(['linux/amd64', 'linux/arm64'], ['linux/arm64'], 'other bytes');
    const index = documentOf([partOf(['linux/amd64']), both]);
    expect(namesIn(index)).toEqual(['linux/amd64', 'attestation', 'linux/arm64', 'attestation']);
    expect(index.manifests[0]?.digest).toBe(partOf(['linux/amd64']).members[0]?.digest);
  });

  it('leaves out an attestation about nothing that is there, or about nothing at all', () => {
    const part = partOf(['linux/amd64']);
    const lost = changed(part, (member) => {
      if (!isAttestation(member)) return member;
      return { ...member, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
    });
    const image = madeImage({ platform: 'linux/s390x' });
    const [, stranger] = madeIndex([image], { attestation: true }).children;
    const members = [...lost.members, ...(stranger === undefined ? [] : [stranger.descriptor])];
    expect(namesIn(documentOf([{ ...lost, members }]))).toEqual(['linux/amd64']);
  });

  it('keeps the media types of Docker', () => {
    const part = changed(partOf(['linux/amd64']), (member) => ({ ...member, mediaType: mediaTypes.dockerManifest }));
    const raw = assembleIndex([part]);
    expect(raw.mediaType).toBe(mediaTypes.index);
    expect(documentOf([part]).manifests.map((one) => one.mediaType)).toEqual(Array(2).fill(mediaTypes.dockerManifest));
  });

  it('keeps several versions of one system', () => {
    const [one, two] = ['10.0.1', '10.0.2'].map((version) =>
      changed(partOf(['windows/amd64'], ['windows/amd64'], version), (member) =>
        isAttestation(member)
          ? member
          : { ...member, platform: { os: 'windows', architecture: 'amd64', 'os.version': version } },
      ),
    );
    if (one === undefined || two === undefined) throw new Error('no parts');
    expect(bytesOf([one, two])).toBe(bytesOf([two, one]));
    expect(namesIn(documentOf([two, one]))).toEqual([
      'windows/amd64/10.0.1',
      'attestation',
      'windows/amd64/10.0.2',
      'attestation',
    ]);
  });

  it('takes nothing that a part says about the platform of another', () => {
    const one = partOf(['linux/amd64']);
    const [, about] = one.members;
    const other = madeArtifact('application/vnd.in-toto', 'said elsewhere').descriptor;
    const stranger = { ...other, ...(about?.annotations === undefined ? {} : { annotations: about.annotations }) };
    const both = partOf(['linux/amd64', 'linux/arm64'], ['linux/arm64']);
    const wide = { ...both, members: [...both.members, stranger] };
    expect(bytesOf([one, wide])).toBe(bytesOf([one, partOf(['linux/arm64'])]));
  });

  it('orders several attestations about one image, and descriptions of one image that differ', () => {
    const part = partOf(['linux/amd64']);
    const [, about] = part.members;
    const more = ['a', 'b', 'c'].map((text) => ({
      ...madeArtifact('application/vnd.in-toto', text).descriptor,
      ...(about?.annotations === undefined ? {} : { annotations: about.annotations }),
    }));
    const [forth, back] = [more, more.toReversed()].map((each) => ({ ...part, members: [...part.members, ...each] }));
    if (forth === undefined || back === undefined) throw new Error('no parts');
    expect(namesIn(documentOf([forth]))).toHaveLength(5);
    expect(bytesOf([forth])).toBe(bytesOf([back]));
    const noted = changed(part, (member) => ({ ...member, annotations: { ...member.annotations, noted: 'yes' } }));
    expect(bytesOf([noted, part])).toBe(bytesOf([part, noted]));
  });

  it('lists once what two parts contribute alike', () => {
    const part = partOf(['linux/amd64']);
    expect(bytesOf([part, part])).toBe(bytesOf([part]));
  });

  it('refuses a platform that two parts built differently, whichever comes first', () => {
    const parts = [partOf(['linux/amd64']), { ...partOf(['linux/amd64'], ['linux/amd64'], 'other'), name: 'another' }];
    const said = [parts, parts.toReversed()].map((each) => {
      try {
        return assembleIndex(each);
      } catch (failure) {
        return failure;
      }
    });
    const problem = {
      code: 'platform-twice',
      exitCode: 1,
      what: expect.stringMatching(/linux\/amd64.*another.*the part/),
    };
    expect(said).toEqual([expect.objectContaining(problem), expect.objectContaining(problem)]);
  });

  it.each([
    ['a platform that was to be there', [partOf(['linux/amd64'], ['linux/amd64', 'linux/arm64'])], 'linux/arm64'],
    ['any platform', [partOf(['linux/amd64'], [])], 'no part'],
    ['any part', [], 'no part'],
  ])('refuses to be without %s', (_name, parts, what) => {
    expect(() => assembleIndex(parts)).toThrow(
      expect.objectContaining({ code: 'platform-missing', exitCode: 1, what: expect.stringContaining(what) }),
    );
  });
});
