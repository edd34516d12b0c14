import { shownText } from '../../domain/shown-text.ts';

/** A file that changed; a submodule with what lies below it. */
export interface ListedFile {
  readonly path: string;
  readonly below: readonly string[];
}

/** A folder of which a build sees some files. */
export interface SeenFolder {
  readonly path: string;
  /** Asked with a path relative to the folder. */
  readonly isSeen: (path: string) => boolean;
}

/** What an image is made of, as far as paths of the repository tell. */
export interface ImageFiles {
  /** Its Dockerfile, the files of its configuration, and those that decide what a build sees. */
  readonly files: ReadonlySet<string>;
  /** Its context, and the folders that the build sees under a name. */
  readonly folders: readonly SeenFolder[];
  /** Whether a path belongs to it by a pattern of the configuration. */
  readonly isExtra: (path: string) => boolean;
}

/** The files by which an image changed: the first of them, and how many there are. */
export interface ChangedFiles {
  readonly files: readonly string[];
  readonly count: number;
}

/** What the diff of an event, or of a revision, says about the images. */
export type ImageChanges =
  | {
      readonly kind: 'files';
      /** Nothing but this diff decides what is built. */
      readonly decides: boolean;
      /** Since when, in words that follow "changed". */
      readonly how: string;
      readonly images: ReadonlyMap<string, ChangedFiles>;
    }
  | { readonly kind: 'unknown'; readonly decides: boolean; readonly why: string; readonly next: string };

const kept = 20;
const named = 3;

/** Which images changed, by the files that did. */
export function changedImages(
  changed: readonly ListedFile[],
  images: ReadonlyMap<string, ImageFiles>,
): ReadonlyMap<string, ChangedFiles> {
  const found = new Map<string, ChangedFiles>();
  for (const [key, image] of images) {
    const files = changed.filter((file) => isPartOf(image, file)).map(({ path }) => path);
    const all = [...new Set(files)].sort();
    if (all.length > 0) found.set(key, { files: all.slice(0, kept), count: all.length });
  }
  return found;
}

/** A few files in words: `a, b, c and 4 more`. */
export function filesText({ files, count }: ChangedFiles): string {
  const shown = files.slice(0, named).map((path) => (/^[\w./@+-]+$/.test(path) ? path : shownText(path)));
  return count > shown.length ? `${shown.join(', ')} and ${count - shown.length} more` : shown.join(', ');
}

/** What a person should know about how the diff decided. */
export function changeNotes(
  changes: ImageChanges | undefined,
  leftOut: readonly { readonly key: string }[],
): readonly string[] {
  if (changes === undefined || !changes.decides) return [];
  if (changes.kind === 'unknown') return [`every image counts as changed: ${changes.why} (${changes.next})`];
  if (leftOut.length === 0) return [];
  const keys = leftOut.slice(0, kept).map(({ key }) => key);
  const more = leftOut.length > kept ? ` and ${leftOut.length - kept} more` : '';
  return [`not in this plan, because no file of theirs changed ${changes.how}: ${keys.join(', ')}${more}`];
}

function isPartOf({ files, folders, isExtra }: ImageFiles, { path, below }: ListedFile): boolean {
  return (
    [path, ...below].some((one) => files.has(one) || isExtra(one) || folders.some((folder) => isSeenIn(folder, one))) ||
    [...files, ...folders.map((folder) => folder.path)].some((held) => held === path || isBelow(path, held))
  );
}

function isSeenIn({ path: folder, isSeen }: SeenFolder, path: string): boolean {
  if (folder !== '.' && !isBelow(folder, path)) return false;
  const relative = folder === '.' ? path : path.slice(folder.length + 1);
  const [top] = relative.split('/');
  // As where contexts are read: what git and we keep there is no part of anybody's image.
  return top !== '.git' && top !== '.slipway' && isSeen(relative);
}

/** A submodule may hold a whole context. */
function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}
