import type { ImageDifference, LayerDifference } from '../domain/explain/difference.ts';
import { valueText } from '../domain/explain/value-text.ts';
import { inertText } from '../domain/inert-text.ts';

/** Why two images differ, as a person reads it: the cause first, then what there is to see. */
export function explainText({ same, layers, config, cause }: ImageDifference): string {
  if (same) return 'the same: every platform is byte for byte the other one\n';
  const isSplit = new Set([...layers, ...config].map(({ platform }) => platform)).size > 1;
  const lines = [
    'they differ',
    `cause: ${cause ?? 'not recognised'}`,
    ...layers.flatMap((layer) => ['', ...layerLines(layer, isSplit)]),
    ...(config.length === 0 ? [] : ['', 'config']),
    ...config.map(({ platform, key, a, b }) => {
      return `  ${isSplit ? `${platform} ` : ''}${key}: ${valueText(a)} -> ${valueText(b)}`;
    }),
  ];
  return `${lines.map(inertText).join('\n')}\n`;
}

/** One layer: where it comes from, and which paths of it are others. */
export function layerLines(layer: LayerDifference, withPlatform: boolean): readonly string[] {
  const { index, instruction, line, size, changed, paths } = layer;
  const what = instruction ?? 'its history does not say what made it';
  const more = (changed ?? 0) - paths.length;
  return [
    `layer ${index}${withPlatform ? ` of ${layer.platform}` : ''}: ${what}`,
    `  ${line === null ? 'line of the Dockerfile: unknown' : `line ${line} of the Dockerfile`}; ${sizeText(size)}`,
    ...(changed === 0 ? ['  the same files, packed in another way'] : []),
    ...paths.map(({ path, change }) => `  ${path}: ${change}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function sizeText({ a, b }: LayerDifference['size']): string {
  if (a === null) return `only in the second, ${b ?? 0} bytes`;
  return b === null ? `only in the first, ${a} bytes` : `${a} -> ${b} bytes`;
}
