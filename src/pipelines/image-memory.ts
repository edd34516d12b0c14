import { canonicalJson } from '../domain/canonical-json.ts';
import type { Digest } from '../domain/digest.ts';
import { ImageMemory } from '../domain/image-memory.ts';
import type { Ports } from '../ports/ports.ts';

/** What is remembered of every image, by key, below the working folder of a repository. */
export async function recall({ files }: Pick<Ports, 'files'>, work: string): Promise<ReadonlyMap<string, ImageMemory>> {
  const found = new Map<string, ImageMemory>();
  const folder = `${work}/memory`;
  for (const { name } of await files.list(folder)) {
    const memory = parsed(await files.readText(`${folder}/${name}`));
    if (memory !== undefined) found.set(memory.key, memory);
  }
  return found;
}

/** Remembers an image at once, so that a run that is stopped a moment later has not done it in vain. */
export async function remember(
  { files }: Pick<Ports, 'files'>,
  work: string,
  image: { readonly key: string; readonly tookMs: number; readonly staged: Digest | null },
): Promise<void> {
  await files.write(`${work}/memory/${image.key}.json`, canonicalJson({ schema: 'slipway.memory/1', ...image }));
}

/** It makes runs shorter and nothing else: what cannot be read counts as forgotten. */
function parsed(text: string | undefined): ImageMemory | undefined {
  try {
    return ImageMemory.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
