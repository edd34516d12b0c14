import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../src/domain/digest.ts';
import { mediaTypes, type OciDescriptor } from '../../../src/formats/oci.ts';
import {
  addReferrer,
  listReferrers,
  referrerOf,
  referrersIndex,
  referrersTag,
  removeReferrer,
} from '../../../src/store/referrers.ts';
import { madeArtifact, madeImage } from '../../support/made-image.ts';

const image = madeImage();
const artifact = madeArtifact('application/vnd.example', 'one', image.descriptor);

function descriptorOf(text: string, artifactType = 'application/vnd.example'): OciDescriptor {
  return { mediaType: mediaTypes.manifest, digest: digestOf(text), size: text.length, artifactType };
}

describe('a referrers index', () => {
  it('has the same bytes in whatever order its artifacts were added', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }), fc.func(fc.integer()), (texts, rank) => {
        const add = (index: Uint8Array | undefined, text: string) => addReferrer(index, descriptorOf(text));
        const shuffled = texts.toSorted((a, b) => rank(a) - rank(b));
        const bytes = shuffled.reduce<Uint8Array | undefined>(add, undefined);
        expect(bytes).toEqual(texts.reduce<Uint8Array | undefined>(add, undefined));
        expect(listReferrers(bytes ?? Buffer.of())).toHaveLength(texts.length);
      }),
    );
  });

  it('replaces an artifact that is listed already', () => {
    const one = addReferrer(addReferrer(undefined, descriptorOf('a')), descriptorOf('b'));
    const again = addReferrer(one, { ...descriptorOf('a'), annotations: { z: '1', a: '2' } });
    const entry = listReferrers(again).find((each) => each.digest === digestOf('a'));
    expect(listReferrers(again)).toHaveLength(2);
    expect(JSON.stringify(entry?.annotations)).toBe('{"a":"2","z":"1"}');
  });

  it('lists by artifact type, and loses what is removed', () => {
    const index = referrersIndex([descriptorOf('a'), descriptorOf('b', 'application/other')]);
    expect(listReferrers(index, 'application/other').map((each) => each.digest)).toEqual([digestOf('b')]);
    expect(listReferrers(removeReferrer(index, digestOf('b'))).map((each) => each.digest)).toEqual([digestOf('a')]);
  });

  it('is refused when it is no index', () => {
    expect(() => addReferrer(Buffer.from('{"manifests":1}'), descriptorOf('a'))).toThrow('referrers-invalid');
  });
});

describe('referrerOf', () => {
  it('reads the subject and how the artifact is listed', () => {
    expect(referrerOf(artifact.manifest)).toEqual({
      subject: image.manifest.digest,
      descriptor: { ...artifact.descriptor, artifactType: 'application/vnd.example', annotations: { made: 'yes' } },
    });
  });

  it('answers undefined for a manifest without a subject', () => {
    expect(referrerOf(image.manifest)).toBeUndefined();
  });
});

describe('referrersTag', () => {
  it('names the tag of a digest, cut where a tag would be too long', () => {
    expect(referrersTag(digestOf('a'))).toBe(digestOf('a').replace(':', '-'));
    expect(referrersTag(digestOf('a', 'sha512'))).toBe(digestOf('a', 'sha512').replace(':', '-').slice(0, 71));
  });
});
