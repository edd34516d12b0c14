import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { digestOf } from '../../../src/domain/digest.ts';
import { recordType } from '../../../src/domain/record.ts';
import { maxDocumentBytes, readJson } from '../../../src/formats/json.ts';
import { declaredMediaType, readManifest } from '../../../src/formats/manifest.ts';
import { isAttestation, isIndexType, mediaTypes, OciDescriptor } from '../../../src/formats/oci.ts';
import { parseRecord, recordArtifact, recordBytes } from '../../../src/formats/record-artifact.ts';
import { madeImage, madeIndex } from '../../support/made-image.ts';
import { madeRecord } from '../../support/made-plan.ts';

const about = { code: 'x-invalid', what: 'the thing', where: 'there', next: 'look' };
const bytes = (text: string) => new TextEncoder().encode(text);

describe('JSON from outside', () => {
  const Thing = z.object({ inner: z.object({ size: z.number() }) });

  it.each([['{"inner":{"size":1}}'], [bytes('{"inner":{"size":1}}')]])('is read from %p', (content) => {
    expect(readJson(content, Thing, about)).toEqual({ inner: { size: 1 } });
  });

  it.each([
    ['cut off', '{"inner"', 'the thing is not JSON'],
    ['empty', '', 'the thing is not JSON'],
    ['of another form', '{"inner":{"size":"1"}}', 'the thing does not fit: inner.size: '],
    ['no object', '7', 'the thing does not fit: the document: '],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'the thing is not JSON'],
  ])('is refused when it is %s', (_, content, what) => {
    expect(() => readJson(content, Thing, about)).toThrow(
      expect.objectContaining({ code: 'x-invalid', where: 'there', what: expect.stringContaining(what), exitCode: 3 }),
    );
  });

  it('is read up to four mebibytes and refused beyond', () => {
    const text = (size: number) => `"${'x'.repeat(size - 2)}"`;
    expect(readJson(text(maxDocumentBytes), z.string(), about)).toHaveLength(maxDocumentBytes - 2);
    expect(() => readJson(text(maxDocumentBytes + 1), z.string(), about)).toThrow('is larger than');
  });
});

describe('a manifest', () => {
  const image = madeImage({ layers: 2 });

  it('is read by its media type', () => {
    const read = readManifest(image.manifest);
    expect(read.kind === 'manifest' && read.manifest.layers).toHaveLength(2);
  });

  it('that lists others is read as an index', () => {
    const read = readManifest(madeIndex([image], { attestation: true }).manifest);
    expect(read.kind === 'index' && read.index.manifests.map(isAttestation)).toEqual([false, true]);
  });

  it.each([
    ['a config', mediaTypes.config],
    ['a script', 'text/html'],
    ['the first schema', 'application/vnd.docker.distribution.manifest.v1+json'],
  ])('of the media type of %s is refused', (_, mediaType) => {
    expect(() => readManifest({ ...image.manifest, mediaType })).toThrow(
      expect.objectContaining({ code: 'manifest-invalid', what: expect.stringContaining(mediaType) }),
    );
  });

  it('that is none by its bytes is refused', () => {
    expect(() => readManifest({ ...image.manifest, bytes: bytes('{"schemaVersion":1}') })).toThrow(
      expect.objectContaining({ code: 'manifest-invalid', where: image.manifest.digest }),
    );
  });

  it.each([
    ['{"mediaType":"a/b","manifests":[]}', 'a/b'],
    ['{"manifests":[]}', mediaTypes.index],
    ['{"config":{},"layers":[]}', mediaTypes.manifest],
    ['{"layers":[]}', undefined],
  ])('%s says that it is %s', (text, expected) => {
    expect(declaredMediaType(bytes(text), 'there')).toBe(expected);
  });

  it('that is no object says nothing', () => {
    expect(() => declaredMediaType(bytes('null'), 'there')).toThrow(
      expect.objectContaining({ code: 'manifest-invalid' }),
    );
  });

  it.each([
    [mediaTypes.index, true],
    [mediaTypes.dockerIndex, true],
    [mediaTypes.manifest, false],
    ['', false],
  ])('of type %p is an index: %s', (mediaType, expected) => {
    expect(isIndexType(mediaType)).toBe(expected);
  });

  it.each([
    ['a negative size', { size: -1 }],
    ['half a byte', { size: 0.5 }],
    ['a digest that is none', { digest: 'sha256:../../etc' }],
  ])('with %s in a descriptor is refused', (_, change) => {
    expect(OciDescriptor.safeParse({ ...image.descriptor, ...change }).success).toBe(false);
  });
});

describe('a record as an artifact', () => {
  const record = madeRecord();
  const subject = madeImage().descriptor;
  const artifact = recordArtifact(record, subject);

  it('gives the same record again', () => {
    const blob = artifact.blobs.find(({ descriptor }) => descriptor.mediaType === recordType);
    expect(parseRecord(blob?.bytes ?? bytes(''), 'there')).toEqual(record);
  });

  it('is a manifest that names its subject, its type and its blobs by their digests', () => {
    const read = readManifest(artifact.manifest);
    if (read.kind !== 'manifest') throw new Error('it is an index');
    const { manifest } = read;
    expect([manifest.artifactType, manifest.subject?.digest]).toEqual([recordType, subject.digest]);
    expect([manifest.config.digest, manifest.layers[0]?.digest]).toEqual(
      artifact.blobs.map((blob) => digestOf(blob.bytes)),
    );
    expect(artifact.manifest.digest).toBe(digestOf(artifact.manifest.bytes));
  });

  it('has equal bytes for an equal record, in whatever order its fields were set', () => {
    const turned = Object.fromEntries(Object.entries(record).reverse()) as typeof record;
    expect(recordBytes(turned).digest).toBe(recordBytes(record).digest);
  });

  it.each([
    ['cut off', recordBytes(record).bytes.slice(0, 50)],
    ['of another schema', bytes(JSON.stringify({ ...record, schema: 'slipway.record/2' }))],
    ['with a field more', bytes(JSON.stringify({ ...record, more: 1 }))],
    ['with a digest that is none', bytes(JSON.stringify({ ...record, digest: 'x' }))],
  ])('is refused when it is %s', (_, damaged) => {
    expect(() => parseRecord(damaged, 'there')).toThrow(expect.objectContaining({ code: 'record-invalid' }));
  });
});
