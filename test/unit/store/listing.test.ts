import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { entriesOf, listImages } from '../../../src/store/listing.ts';
import { isNamed, nameAnnotations, nameOf } from '../../../src/store/names.ts';
import { createCollection } from '../../../src/store/tar/pack.ts';
import { madeArtifact, madeImage, writeMade } from '../../support/made-image.ts';

const image = madeImage();
const note = madeArtifact('application/vnd.test.note', 'about the image', image.descriptor);

describe('the list of a layout', () => {
  it('has each image once with all its names, and what is attached apart', async () => {
    const content = createCollection('the layout');
    await writeMade(content, image);
    await writeMade(content, note);
    const named = (name: string) => ({ ...image.descriptor, annotations: nameAnnotations(name) });
    const entries = [named('a:1'), note.descriptor, named('b:2'), named('a:1'), image.descriptor];
    const { images, referrersOf } = await listImages(content, entries);
    const { mediaType, digest, size } = image.descriptor;
    expect(images).toEqual([
      { descriptor: { mediaType, digest, size }, names: ['docker.io/library/a:1', 'docker.io/library/b:2'] },
    ]);
    expect(referrersOf(digest)).toEqual([note.descriptor]);
    expect(referrersOf(note.descriptor.digest)).toEqual([]);
  });

  it('has an image whose manifest is not there', async () => {
    const { images } = await listImages(createCollection('empty'), [image.descriptor]);
    expect(images).toMatchObject([{ descriptor: { digest: image.descriptor.digest }, names: [] }]);
  });

  it('becomes entries again, one a name', () => {
    const descriptor = { mediaType: 'm', digest: digestOf('x'), size: 1 };
    expect(entriesOf({ descriptor, names: [] })).toEqual([descriptor]);
    expect(entriesOf({ descriptor, names: ['a:1', 'x'] }).map(nameOf)).toEqual(['docker.io/library/a:1', 'x']);
  });
});

describe('the name of an image', () => {
  it.each([
    [
      'ghcr.io/acme/app:1',
      { 'io.containerd.image.name': 'ghcr.io/acme/app:1', 'org.opencontainers.image.ref.name': '1' },
    ],
    ['app:1', { 'io.containerd.image.name': 'docker.io/library/app:1', 'org.opencontainers.image.ref.name': '1' }],
    ['latest', { 'org.opencontainers.image.ref.name': 'latest' }],
    ['Not A Reference:1', { 'org.opencontainers.image.ref.name': 'Not A Reference:1' }],
  ])('%s is written as engines read it', (name, annotations) => {
    expect(nameAnnotations(name)).toEqual(annotations);
  });

  it.each([
    ['docker.io/library/busybox:1.36', 'busybox:1.36', true],
    ['docker.io/library/busybox:1.36', '1.36', true],
    ['latest', 'latest', true],
    ['docker.io/library/busybox:1.36', 'busybox', false],
    ['docker.io/library/busybox:1.36', 'busybox:1.37', false],
    ['docker.io/library/busybox:1.36', 'other:1.36', false],
  ])('%s and what a person means by %s: %s', (name, wanted, expected) => {
    expect(isNamed(name, wanted)).toBe(expected);
  });
});
