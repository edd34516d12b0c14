import type { Digest } from './digest.ts';
import { comparePlatforms } from './platform.ts';
import type { ImageRecord } from './record.ts';
import { foldScans } from './scan-fold.ts';
import { testState } from './test-result.ts';

/** What is known of a whole before its record is: its index, and which wholes the digests of other parts went into. */
export interface WholeImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly wholes: ReadonlyMap<Digest, Digest>;
}

/** The record of a whole, or why its parts make none. */
export type FoldedParts =
  | { readonly kind: 'folded'; readonly record: ImageRecord }
  | { readonly kind: 'refused'; readonly why: string };

/** Makes the one record of an image of the records of its parts; equal parts give an equal record, in whichever order they come. */
export function foldParts(parts: readonly ImageRecord[], whole: WholeImage): FoldedParts {
  const ordered = [...parts].sort(byPlatform);
  const [first, ...others] = ordered;
  if (first === undefined) return { kind: 'refused', why: 'it has no parts' };
  for (const other of others) {
    const why = differenceOf(first, other);
    if (why !== undefined) return { kind: 'refused', why: `its parts differ in ${why}` };
  }
  const platforms = ordered.flatMap((part) => part.platforms).sort((a, b) => comparePlatforms(a.platform, b.platform));
  const twice = platforms.find(({ platform }, index) => platforms[index - 1]?.platform === platform);
  if (twice !== undefined) return { kind: 'refused', why: `two of its parts hold ${twice.platform}` };
  const tests = ordered.flatMap((part) => part.tests);
  const { cache: _, scan: __, ...facts } = first;
  const scan = foldScans(ordered.map((part) => part.scan));
  const record: ImageRecord = {
    ...facts,
    digest: whole.digest,
    mediaType: whole.mediaType,
    platforms,
    bases: foldBases(ordered, whole),
    builder: {
      name: listed(ordered.map(({ builder }) => builder.name)),
      driver: listed(ordered.map(({ builder }) => builder.driver)),
      version: listed(ordered.map(({ builder }) => builder.version)),
    },
    ...foldCaches(ordered),
    ...(scan === undefined ? {} : { scan }),
    // They are built side by side.
    durationMs: Math.max(...ordered.map((part) => part.durationMs)),
    tests,
    test: ordered.some((part) => part.test === 'failed')
      ? 'failed'
      : ordered.some((part) => part.test === 'untested')
        ? 'untested'
        : testState(tests),
    dirty: ordered.some((part) => part.dirty),
    // Of a job that was run again the newest speaks for the whole.
    run: ordered.map((part) => part.run).reduce((last, run) => (run.attempt > last.attempt ? run : last)),
  };
  return { kind: 'folded', record };
}

/** A base in parts is named by its whole, which is what its tags name; where that is not known, nothing is said. */
function foldBases(parts: readonly ImageRecord[], { wholes }: WholeImage): ImageRecord['bases'] {
  const all = parts.flatMap((part) => part.bases);
  const references = [...new Set(all.map((base) => base.reference))];
  return references.flatMap((reference) => {
    const same = all.filter((base) => base.reference === reference);
    const digests = new Set(same.map(({ digest }) => (digest === null ? null : (wholes.get(digest) ?? digest))));
    const [digest = null, ...more] = digests;
    const platforms = Object.fromEntries(same.flatMap((base) => Object.entries(base.platforms ?? {})));
    return same.slice(0, 1).map((base) => ({
      ...base,
      digest: more.length === 0 ? digest : null,
      ...(same.some((one) => one.platforms !== undefined) ? { platforms } : {}),
    }));
  });
}

/** What caches did for all parts together; nothing where one of them does not say it. */
function foldCaches(parts: readonly ImageRecord[]): Pick<ImageRecord, 'cache'> {
  const uses = parts.flatMap(({ cache }) => cache ?? []);
  if (uses.length < parts.length) return {};
  return {
    cache: {
      cached: uses.reduce((sum, { cached }) => sum + cached, 0),
      executed: uses.reduce((sum, { executed }) => sum + executed, 0),
      caches: uses.flatMap(({ caches }) => caches),
    },
  };
}

/** Parts of one image have been made of the same inputs, in the same run. */
function differenceOf(one: ImageRecord, other: ImageRecord): string | undefined {
  const facts = (part: ImageRecord) => ({
    key: part.key,
    repository: part.repository,
    'input identity': part.identity,
    run: part.run.id,
    commit: part.commit,
  });
  const others = new Map(Object.entries(facts(other)));
  const found = Object.entries(facts(one)).find(([name, value]) => others.get(name) !== value);
  return found === undefined ? undefined : `${found[0]}: ${found[1]} and ${others.get(found[0])}`;
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ');
}

function byPlatform(a: ImageRecord, b: ImageRecord): number {
  const [one, other] = [a.platforms[0], b.platforms[0]];
  return one === undefined || other === undefined ? 0 : comparePlatforms(one.platform, other.platform);
}
