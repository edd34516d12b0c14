import { digestOf } from '../../domain/digest.ts';
import type { ContextEntry, IdentityInputs } from '../../domain/identity.ts';
import { isAddress, joinPath } from '../../domain/path.ts';
import type { Files } from '../../ports/files.ts';
import { type ContextOptions, readContext, readSeen } from './context.ts';
import { readIgnored } from './ignored.ts';
import type { ImageInputs } from './image-inputs.ts';

/** What lies on disk for an image. */
export type Content = Pick<IdentityInputs, 'context' | 'more'>;

type Entries = readonly ContextEntry[];

/** Reads what lies on disk for images; those that see the same files share what was read of them. */
export function contentReader(
  files: Files,
  folder: string,
  images: readonly ImageInputs[],
): (image: ImageInputs) => Promise<Content> {
  const users = usersOf(images);
  const seen = new Map<string, Promise<Entries>>();
  const readShared = async (path: string, options: ContextOptions): Promise<Entries> => {
    const ignored = await readIgnored(files, path, options);
    const name = JSON.stringify([path, ignored.text, options.only]);
    const reading = seen.get(name) ?? readSeen(files, path, { ignored });
    seen.set(name, reading);
    return reading;
  };
  return async (image) => {
    const { context, contexts, config } = image;
    const path = joinPath(folder, context);
    const options = dockerfileOptions(folder, image);
    // What only one image sees is not kept: of a large set that would be everything there is.
    const isShared = users.get(context) !== 1;
    const seenFiles = isShared ? await readShared(path, options) : await readContext(files, path, options);
    const more: Record<string, Entries> = {};
    for (const [name, other] of Object.entries(contexts)) {
      more[`context ${name}`] = isAddress(other)
        ? [{ path: other, kind: 'link', executable: false, digest: digestOf(other) }]
        : await readShared(joinPath(folder, other), {});
    }
    if (config.paths.length > 0) more.paths = await readShared(folder, { only: config.paths });
    return { context: seenFiles, more };
  };
}

/** How many images have each context. */
function usersOf(images: readonly ImageInputs[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const { context } of images) users.set(context, (users.get(context) ?? 0) + 1);
  return users;
}

function dockerfileOptions(folder: string, { dockerfile, dockerfileText, text }: ImageInputs): ContextOptions {
  const path = joinPath(folder, dockerfile);
  // A text that was generated may lie nowhere, and one with U+FFFD may be of bytes that are no text.
  const isOnDisk = dockerfileText === null && !text.includes('\ufffd');
  return { dockerfile: path, ...(isOnDisk ? { known: { path, text } } : {}) };
}
