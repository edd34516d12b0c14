const units = new Map([
  ['', 1],
  ['B', 1],
  ['KB', 1000],
  ['MB', 1000 ** 2],
  ['GB', 1000 ** 3],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** How a person writes a size: a number with B, KB, MB, GB (of 1000) or KiB, MiB, GiB (of 1024). */
export const sizePattern = /^(\d{1,15}(?:\.\d{1,3})?) ?(B|KB|MB|GB|KiB|MiB|GiB)?$/;

/** The bytes of such a text; undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const match = sizePattern.exec(text);
  const unit = units.get(match?.[2] ?? '');
  return match === null || unit === undefined ? undefined : Math.floor(Number(match[1]) * unit);
}

/** Bytes as a person reads them: `12.3 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 999_950 ? ['KB', 1000] : bytes < 999_950_000 ? ['MB', 1000 ** 2] : ['GB', 1000 ** 3];
  return `${(bytes / Number(size)).toFixed(1)} ${unit}`;
}
