/** An IPv4 range as first address and prefix length. */
export interface Subnet {
  readonly base: number;
  readonly bits: number;
}

const FIRST = 64;
const COUNT = 160;

/** Parses `10.1.2.3/16`; a bare address is a range of one. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d] = match.slice(1, 5).map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  const bits = Number(match[5] ?? 32);
  if (Math.max(a, b, c, d) > 255 || bits > 32) return undefined;
  return { base: ((a * 256 + b) * 256 + c) * 256 + d, bits };
}

/** Do two ranges share an address? */
export function overlaps(left: Subnet, right: Subnet): boolean {
  const size = 2 ** (32 - Math.min(left.bits, right.bits));
  return Math.floor(left.base / size) === Math.floor(right.base / size);
}

/** All ranges that a listing of addresses or routes mentions. */
export function subnetsIn(listing: string): readonly Subnet[] {
  return listing.split(/\s+/).flatMap((word) => parseSubnet(word) ?? []);
}

/** A free 10.N.0.0/16, where N starts from the checkout's id so that two labs rarely try the same one. */
export function chooseNetwork(id: string, busy: readonly Subnet[]): number | undefined {
  const start = Number.parseInt(id.slice(0, 4), 16) % COUNT;
  return Array.from({ length: COUNT }, (_, index) => FIRST + ((start + index) % COUNT)).find(
    (second) => !busy.some((subnet) => overlaps(subnet, { base: (10 * 256 + second) * 65536, bits: 16 })),
  );
}
