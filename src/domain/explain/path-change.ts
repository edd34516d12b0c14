/** What a layer says of one path, as far as two of them are compared. */
export interface EntryFacts {
  readonly kind: 'file' | 'hard-link' | 'link' | 'folder' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Of the content of a file; empty for everything else. */
  readonly hash: string;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Where a link leads. */
  readonly target: string;
  /** Extended attributes such as capabilities, in one text. */
  readonly attributes: string;
}

/** In what respect a path differs. */
export type ChangeKind = 'added' | 'removed' | 'type' | 'content' | 'target' | 'mode' | 'owner' | 'attributes' | 'time';

/** One path that two layers do not agree about. */
export interface PathChange {
  readonly path: string;
  /** In words: `content`, `mode 644 -> 755`. */
  readonly change: string;
}

/** Compares what two layers say of a path; nothing where they agree. */
export function changesOf(
  a: EntryFacts | undefined,
  b: EntryFacts | undefined,
): readonly (readonly [ChangeKind, string])[] {
  if (a === undefined) return b === undefined ? [] : [['added', `added (${wordOf(b)})`]];
  if (b === undefined) return [['removed', `removed (${wordOf(a)})`]];
  if (a.kind !== b.kind) return [['type', `${wordOf(a)} -> ${wordOf(b)}`]];
  const changes: (readonly [ChangeKind, string])[] = [];
  if (a.size !== b.size) changes.push(['content', `content (${a.size} -> ${b.size} bytes)`]);
  else if (a.hash !== b.hash) changes.push(['content', 'content']);
  if (a.target !== b.target) changes.push(['target', `leads to ${a.target} -> ${b.target}`]);
  if (a.mode !== b.mode) changes.push(['mode', `mode ${octal(a.mode)} -> ${octal(b.mode)}`]);
  if (a.uid !== b.uid || a.gid !== b.gid) changes.push(['owner', `owner ${a.uid}:${a.gid} -> ${b.uid}:${b.gid}`]);
  if (a.attributes !== b.attributes) changes.push(['attributes', 'extended attributes']);
  if (a.mtime !== b.mtime) changes.push(['time', `time ${timeText(a.mtime)} -> ${timeText(b.mtime)}`]);
  return changes;
}

const words = { file: 'file', 'hard-link': 'hard link', link: 'link', folder: 'folder', other: 'device' } as const;

function wordOf({ kind }: EntryFacts): string {
  return words[kind];
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(3, '0');
}

/** A time in seconds, or the number where no calendar has it. */
function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z');
}
