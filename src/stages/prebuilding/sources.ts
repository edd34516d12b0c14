import { type Digest, digestOf } from '../../domain/digest.ts';
import type { ContextEntry } from '../../domain/identity.ts';
import { joinPath } from '../../domain/path.ts';
import { pathMatcher } from '../../formats/dockerignore.ts';
import type { Files } from '../../ports/files.ts';
import { readContext } from '../planning/context.ts';
import { filterOf, readIgnored } from '../planning/ignored.ts';

type Seen = (path: string) => boolean;

/** What a build would take from some paths of its context, after `.dockerignore`. */
export interface SourceReader {
  /** The digest of what lies at a path or under a pattern. */
  digest(source: string): Promise<Digest>;
  /** The digest of everything. */
  whole(): Promise<Digest>;
}

/** Reads the context of a Dockerfile. Contents and exec bits count; times, owners and other rights do not. */
export async function sourceReader(files: Files, context: string, dockerfile: string): Promise<SourceReader> {
  const isSeen = filterOf(await readIgnored(files, context, { dockerfile }));
  return {
    whole: async () => digestOfEntries(await readContext(files, context, { dockerfile })),
    async digest(source) {
      if (source === '.') return digestOfEntries(await readContext(files, context, { dockerfile }));
      const isPattern = /[*?[\\]/.test(source);
      const start = isPattern ? fixedStart(source) : source;
      const isMeant = isPattern ? pathMatcher([source], 'a COPY or ADD') : () => true;
      return digestOfEntries(await readBelow(files, { context, start }, (path) => isSeen(path) && isMeant(path)));
    },
  };
}

/** The digest of all that lies in a folder. */
export async function digestOfFolder(files: Files, folder: string): Promise<Digest> {
  return digestOfEntries(await readBelow(files, { context: folder, start: '.' }, () => true));
}

/** The folders of a pattern before its first wildcard. */
function fixedStart(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => /[*?[\\]/.test(part));
  return parts.slice(0, first).join('/') || '.';
}

async function readBelow(
  files: Files,
  { context, start }: { readonly context: string; readonly start: string },
  isSeen: Seen,
): Promise<readonly ContextEntry[]> {
  const entries: ContextEntry[] = [];
  const visit = async (path: string, kind: string): Promise<void> => {
    const full = joinPath(context, path);
    if (kind === 'folder') {
      if (path !== '.' && isSeen(path)) entries.push({ path, kind, executable: false, digest: undefined });
      for (const one of await files.list(full)) {
        // Git's own folder and ours are no part of anybody's image.
        if (path === '.' && (one.name === '.git' || one.name === '.slipway')) continue;
        await visit(joinPath(path, one.name), one.kind);
      }
      return;
    }
    if (!isSeen(path)) return;
    const facts = await files.facts(full);
    if (facts?.kind === 'link') {
      const digest = digestOf((await files.linkTarget(full)) ?? '');
      entries.push({ path, kind: 'link', executable: false, digest });
    } else if (facts?.kind === 'file') {
      const digest = digestOf((await files.readBytes(full)) ?? '');
      entries.push({ path, kind: 'file', executable: facts.executable, digest });
    }
  };
  const facts = await files.facts(joinPath(context, start));
  // What is missing counts too: the build will fail, and when it is there the hash is another.
  if (facts !== undefined) await visit(start, facts.kind);
  return entries;
}

function digestOfEntries(entries: readonly ContextEntry[]): Digest {
  const lines = entries.map(({ path, kind, executable, digest }) => JSON.stringify([path, kind, executable, digest]));
  return digestOf(lines.sort().join('\n'));
}
