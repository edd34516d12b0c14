import type { Place } from '../domain/errors.ts';
import type { Verdict } from '../domain/verdict.ts';

/** So many paths are named; the summary has more. */
const mostPaths = 3;

/** Each explained mismatch, for the line of the Dockerfile where it begins. */
export function verdictAnnotations({ images }: Verdict): readonly { readonly text: string; readonly place: Place }[] {
  return images.flatMap(({ key, difference }) => {
    const layer = difference?.layer;
    if (layer == null || difference?.dockerfile == null) return [];
    const paths = layer.paths.slice(0, mostPaths).map(({ path, change }) => `${path}: ${change}`);
    const cause = `cause: ${difference.cause ?? 'not recognised'}`;
    const head = `${key}: layer ${layer.index} differs: ${layer.instruction ?? 'its history does not say what made it'}`;
    const place = { file: difference.dockerfile, ...(layer.line === null ? {} : { line: layer.line }) };
    return [{ text: [head, cause, ...paths].join('\n'), place }];
  });
}
