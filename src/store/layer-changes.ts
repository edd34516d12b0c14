import { Hasher } from '../domain/digest.ts';
import { ChangeList, type LayerChanges } from '../domain/explain/layer-changes.ts';
import { changesOf, type EntryFacts } from '../domain/explain/path-change.ts';
import { uncompressed } from '../formats/compression.ts';
import type { OciDescriptor } from '../formats/oci.ts';
import { isPackageDatabase, maxDatabaseBytes, packagesIn, pythonPackageAt } from '../formats/packages.ts';
import type { ContentSource } from '../ports/content.ts';
import { type EntryReader, type FullEntry, readLayerFully } from './layer-entries.ts';

/** A layer in the place where it is. */
export interface PlacedLayer {
  readonly source: ContentSource;
  readonly layer: OciDescriptor;
}

/** So many entries of a layer are kept in memory at a time. */
const mostKept = 100_000;
const mostRounds = 64;

/** Compares the entries of two layers, in several rounds where they have many; nothing where one is not there. */
export async function compareLayers(
  a: PlacedLayer,
  b: PlacedLayer,
  { atMost = mostKept } = {},
): Promise<LayerChanges | undefined> {
  for (let rounds = 1; rounds <= mostRounds; rounds *= 4) {
    const list = new ChangeList();
    const packages = { a: new Map<string, string>(), b: new Map<string, string>() };
    let isDone = true;
    for (let round = 0; round < rounds && isDone; round += 1) {
      const isMine = (path: string): boolean => rounds === 1 || placeOf(path) % rounds === round;
      const one = await readEntries(a, { isMine, packages: packages.a, atMost });
      const other = one?.isFull === false ? await readEntries(b, { isMine, packages: packages.b, atMost }) : one;
      if (one === undefined || other === undefined) return undefined;
      isDone = !one.isFull && !other.isFull;
      if (!isDone) break;
      for (const path of new Set([...one.entries.keys(), ...other.entries.keys()]))
        list.add(path, changesOf(one.entries.get(path), other.entries.get(path)));
    }
    if (isDone) return list.end(packages.a, packages.b);
  }
  return undefined;
}

interface Round {
  readonly isMine: (path: string) => boolean;
  readonly packages: Map<string, string>;
  readonly atMost: number;
}

interface Entries {
  readonly entries: ReadonlyMap<string, EntryFacts>;
  /** There are more than may be kept. */
  readonly isFull: boolean;
}

async function readEntries({ source, layer }: PlacedLayer, round: Round): Promise<Entries | undefined> {
  const content = await source.readBlob(layer);
  if (content === undefined) return undefined;
  const entries = new Map<string, EntryFacts>();
  let isFull = false;
  const take: EntryReader = (entry, file) => {
    const { path } = entry;
    if (isFull || !round.isMine(path)) return undefined;
    isFull = entries.size >= round.atMost;
    const python = pythonPackageAt(path);
    if (python !== undefined) round.packages.set(...python);
    if (entry.kind === 'file') return hashFile(entry, file, entries, round);
    entries.set(path, factsOf(entry, ''));
    return undefined;
  };
  await readLayerFully(uncompressed(content, { where: layer.digest }), layer.digest, take);
  return { entries, isFull };
}

async function hashFile(
  entry: FullEntry,
  file: AsyncIterable<Uint8Array>,
  entries: Map<string, EntryFacts>,
  round: Round,
): Promise<void> {
  const hasher = new Hasher();
  const isKept = isPackageDatabase(entry.path) && entry.size <= maxDatabaseBytes;
  const text = new TextDecoder();
  let kept = '';
  for await (const piece of file) {
    hasher.add(piece);
    if (isKept) kept += text.decode(piece, { stream: true });
  }
  if (isKept) for (const [name, version] of packagesIn(entry.path, kept)) round.packages.set(name, version);
  entries.set(entry.path, factsOf(entry, hasher.digest()));
}

function factsOf({ kind, mode, uid, gid, size, mtime, target, attributes }: FullEntry, hash: string): EntryFacts {
  return { kind, mode, uid, gid, size, mtime, target, attributes, hash };
}

/** Spreads paths over rounds, always in the same way. */
function placeOf(path: string): number {
  let place = 5381;
  for (let at = 0; at < path.length; at += 1) place = (place * 33 + path.charCodeAt(at)) >>> 0;
  return place;
}
