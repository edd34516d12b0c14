/** A layer as it is recognised in another image: by its content, else by the instruction that made it. */
export interface AlignedLayer {
  readonly diffId: string;
  readonly text: string | undefined;
}

/** Places of layers that belong together; null where one image has none for the other's. */
export interface LayerPair {
  readonly a: number | null;
  readonly b: number | null;
}

/** The layers that differ, each beside the one that stands for it in the other image, in order. */
export function differingLayers(a: readonly AlignedLayer[], b: readonly AlignedLayer[]): readonly LayerPair[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start]?.diffId === b[start]?.diffId) start += 1;
  const [ownA, ownB] = [a.slice(start), b.slice(start)];
  const pairs = ownA.length === ownB.length ? sideBySide(ownA) : byMeaning(ownA, ownB);
  return pairs
    .map((pair) => ({ a: shifted(pair.a, start), b: shifted(pair.b, start) }))
    .filter((pair) => pair.a === null || pair.b === null || a[pair.a]?.diffId !== b[pair.b]?.diffId);
}

function shifted(place: number | null, by: number): number | null {
  return place === null ? null : place + by;
}

function sideBySide(layers: readonly AlignedLayer[]): readonly LayerPair[] {
  return layers.map((_, place) => ({ a: place, b: place }));
}

/** The longest way of pairing what is alike; layers between belong to nothing. An image has 512 of them at most. */
function byMeaning(a: readonly AlignedLayer[], b: readonly AlignedLayer[]): readonly LayerPair[] {
  const isAlike = (i: number, j: number): boolean => {
    const [one, other] = [a[i], b[j]];
    if (one === undefined || other === undefined) return false;
    return one.diffId === other.diffId || (one.text !== undefined && one.text !== '' && one.text === other.text);
  };
  const rest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => rest[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = rest[i] ?? [];
    for (let j = b.length - 1; j >= 0; j -= 1)
      row[j] = isAlike(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const pairs: LayerPair[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && isAlike(i, j)) pairs.push({ a: i++, b: j++ });
    else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) pairs.push({ a: i++, b: null });
    else pairs.push({ a: null, b: j++ });
  }
  return pairs;
}
