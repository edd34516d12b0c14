/** A Python version without epoch and local part, in the meaning of its spelling: https://peps.python.org/pep-0440/ */
export interface Pep440 {
  /** Any number of numbers; zeros at the end mean nothing, and are kept. */
  readonly release: readonly bigint[];
  readonly pre?: { readonly phase: 'a' | 'b' | 'rc'; readonly number: bigint };
  readonly post?: bigint;
  readonly dev?: bigint;
}

// As long as a semantic version may be. What is longer is no tag, and its numbers would take their time.
const maxLength = 256;

const phases: Readonly<Record<string, 'a' | 'b' | 'rc'>> = {
  a: 'a',
  alpha: 'a',
  b: 'b',
  beta: 'b',
  c: 'rc',
  rc: 'rc',
  pre: 'rc',
  preview: 'rc',
};

const grammar =
  'v?(?<release>[0-9]+(?:\\.[0-9]+)*)' +
  '(?<pre>[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>[0-9]+)?)?' +
  '(?<post>-(?<bare>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>[0-9]+)?)?' +
  '(?<dev>[-_.]?dev[-_.]?(?<devNumber>[0-9]+)?)?';
const whole = new RegExp(`^${grammar}$`, 'i');
const beginning = new RegExp(`^${grammar}`, 'i');

/** Reads a version in any of the spellings that are allowed; `undefined` if it is none, or has an epoch or a local part. */
export function readPep440(text: string): Pep440 | undefined {
  const groups = text.length > maxLength ? undefined : whole.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const phase = phases[groups.phase?.toLowerCase() ?? ''];
  return {
    release: (groups.release ?? '').split('.').map(BigInt),
    ...(phase === undefined ? {} : { pre: { phase, number: BigInt(groups.preNumber ?? 0) } }),
    ...(groups.post === undefined ? {} : { post: BigInt(groups.bare ?? groups.postNumber ?? 0) }),
    ...(groups.dev === undefined ? {} : { dev: BigInt(groups.devNumber ?? 0) }),
  };
}

/** The one spelling that stands for all others of a version. */
export function pep440Text({ release, pre, post, dev }: Pep440): string {
  return [
    release.join('.'),
    pre === undefined ? '' : `${pre.phase}${pre.number}`,
    post === undefined ? '' : `.post${post}`,
    dev === undefined ? '' : `.dev${dev}`,
  ].join('');
}

/** How many characters of a text could begin a version. */
export function pep440Beginning(text: string): number {
  return beginning.exec(text)?.[0].length ?? /^v?/i.exec(text)?.[0].length ?? 0;
}

/** Negative when `a` is older than `b`: dev, a, b, rc, the release itself, post. */
export function comparePep440(a: Pep440, b: Pep440): number {
  const ranks = [rankOf(a), rankOf(b)] as const;
  const length = Math.max(a.release.length, b.release.length);
  for (let at = 0; at < length; at++) {
    const order = compareNumbers(a.release[at] ?? 0n, b.release[at] ?? 0n);
    if (order !== 0) return order;
  }
  for (const [at, rank] of ranks[0].entries()) {
    const order = compareNumbers(rank, ranks[1][at] ?? 0n);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers that are in the order of versions of one release. What is not there counts less or more than any number. */
function rankOf({ pre, post, dev }: Pep440): readonly bigint[] {
  const isOnlyDev = pre === undefined && post === undefined && dev !== undefined;
  const phase = isOnlyDev ? 0n : pre === undefined ? 4n : { a: 1n, b: 2n, rc: 3n }[pre.phase];
  return [phase, pre?.number ?? 0n, post ?? -1n, dev === undefined ? 1n : 0n, dev ?? 0n];
}

/** Tells whether a version is not meant for everyone yet; a post release is, unless it is in development itself. */
export function isPep440Prerelease({ pre, dev }: Pep440): boolean {
  return pre !== undefined || dev !== undefined;
}

function compareNumbers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
