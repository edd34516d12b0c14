import { sizeText } from '../domain/byte-size.ts';
import { shortDigest } from '../domain/digest.ts';
import { hasDoubled, type ImageSize, type PlatformSize } from '../domain/image-size.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

const mostRows = 300;
const mostLayers = 200;

type Sized = { readonly key: string; readonly size: ImageSize };

/** What the images of a job weigh, beside what was published last, with a line for each that weighs at least twice as much. */
export function sizeTables(outcomes: readonly ImageOutcome[]): readonly string[] {
  const sized = outcomes.flatMap((one): Sized[] =>
    one.kind === 'blocked' || one.size === undefined ? [] : [{ key: one.key, size: one.size }],
  );
  const rows = sized.flatMap(({ key, size }) =>
    size.platforms.map((one) => [
      markdownCode(key),
      markdownText(one.platform),
      sizeText(one.bytes),
      markdownText(beforeText(size, one)),
      differenceText(one),
    ]),
  );
  // Where expectations were looked at, their table says more of each layer.
  const weighed = new Set(
    outcomes.flatMap((one) => {
      const tests = one.kind === 'blocked' ? [] : (one.record?.tests ?? []);
      return tests.some(({ layers }) => layers !== undefined) ? [one.key] : [];
    }),
  );
  return [
    ...capped(['image', 'platform', 'size', 'published last', 'difference'], rows, mostRows),
    ...sized.flatMap(doubled),
    ...layerTable(sized.filter(({ key }) => !weighed.has(key))),
  ];
}

function doubled({ key, size }: Sized): readonly string[] {
  return size.platforms.filter(hasDoubled).map((one) => {
    const words = `weighs at least twice what ${markdownCode(size.since ?? '')} does on ${markdownText(one.platform)}`;
    return `**Warning:** ${markdownCode(key)} ${words}`;
  });
}

function beforeText({ since, problem }: ImageSize, { before }: PlatformSize): string {
  if (problem !== undefined) return 'not known: the registry did not say';
  if (since === undefined) return 'nothing';
  return before === undefined ? `${since}, without this platform` : `${since}, ${sizeText(before)}`;
}

function differenceText({ bytes, before }: PlatformSize): string {
  if (before === undefined) return '';
  const percent = before === 0 ? '' : `, ${signed(Math.round(((bytes - before) / before) * 100))} %`;
  return bytes === before ? 'none' : `${bytes > before ? '+' : '−'}${sizeText(Math.abs(bytes - before))}${percent}`;
}

function signed(number: number): string {
  return number < 0 ? `−${-number}` : `+${number}`;
}

function layerTable(sized: readonly Sized[]): readonly string[] {
  const rows = sized.flatMap(({ key, size }) =>
    size.platforms.flatMap(({ platform, layers }) =>
      layers.map(({ digest, bytes }) => [
        markdownCode(key),
        markdownText(platform),
        markdownCode(shortDigest(digest)),
        sizeText(bytes),
      ]),
    ),
  );
  return capped(['image', 'platform', 'layer', 'size'], rows, mostLayers);
}

function capped(head: readonly string[], rows: readonly (readonly string[])[], most: number): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length > most ? [`… and ${rows.length - most} more`] : [];
  return [markdownTable(head, rows.slice(0, most)), ...more];
}
