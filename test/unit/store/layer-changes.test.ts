import { describe, expect, it } from '@jest/globals';
import type { ContentSource } from '../../../src/ports/content.ts';
import { compareLayers, type PlacedLayer } from '../../../src/store/layer-changes.ts';
import { madeBlob } from '../../support/made-image.ts';
import { type MadeEntry, madeTar } from '../../support/made-tar.ts';

/** A layer with these entries, and how often it was read. */
function placed(entries: readonly MadeEntry[]): PlacedLayer & { readonly reads: () => number } {
  const { descriptor, bytes } = madeBlob('application/vnd.oci.image.layer.v1.tar', madeTar(entries));
  let reads = 0;
  const source: ContentSource = {
    name: 'memory',
    readManifest: async () => undefined,
    async readBlob() {
      reads += 1;
      return (async function* () {
        yield bytes;
      })();
    },
  };
  return { source, layer: descriptor, reads: () => reads };
}

const names = Array.from({ length: 40 }, (_, at) => `f${String(at).padStart(2, '0')}`);
const entriesOf = (text: string): readonly MadeEntry[] =>
  names.map((name, at) => ({ name, content: at % 10 === 0 ? text : 'same' }));

describe('two layers', () => {
  it('are compared entry by entry, in whatever order these stand', async () => {
    const changes = await compareLayers(placed(entriesOf('one')), placed(entriesOf('two').toReversed()));
    expect(changes?.paths).toEqual(['f00', 'f10', 'f20', 'f30'].map((path) => ({ path, change: 'content' })));
  });

  it('of many entries are compared in rounds that keep a few of them, with the same result', async () => {
    const [a, b] = [placed(entriesOf('one')), placed(entriesOf('two'))];
    const changes = await compareLayers(a, b, { atMost: 8 });
    expect(changes?.total).toBe(4);
    expect(a.reads()).toBeGreaterThan(4);
    expect(changes?.paths.map(({ path }) => path)).toEqual(['f00', 'f10', 'f20', 'f30']);
  });

  it('with more entries than all rounds can keep are not compared', async () => {
    expect(await compareLayers(placed(entriesOf('one')), placed(entriesOf('two')), { atMost: 0 })).toBeUndefined();
  });

  it('of which one is not there are not compared', async () => {
    const gone = placed([]);
    const source = { ...gone.source, readBlob: async () => undefined };
    expect(await compareLayers({ ...gone, source }, placed([]))).toBeUndefined();
  });

  it('tell of two entries of one path the last, as an engine takes it', async () => {
    const twice = [
      { name: 'f', content: 'a' },
      { name: 'f', content: 'b' },
    ];
    expect(await compareLayers(placed(twice), placed(twice.slice(1)))).toMatchObject({ total: 0 });
  });

  it('name packages of apk and of Debian in folders of their own', async () => {
    const apk = (version: string) => ({
      name: 'lib/apk/db/installed',
      content: `C:Q1\nP:busybox\nV:${version}\n\nP:musl\nV:1\n`,
    });
    const deb = (version: string) => ({
      name: 'var/lib/dpkg/status.d/libc6',
      content: `Package: libc6\nVersion: ${version}\n`,
    });
    const changes = await compareLayers(placed([apk('1.36-r1'), deb('2.36')]), placed([apk('1.36-r2'), deb('2.37')]));
    expect(changes?.packages).toEqual([
      { name: 'busybox', a: '1.36-r1', b: '1.36-r2' },
      { name: 'libc6', a: '2.36', b: '2.37' },
    ]);
  });
});
