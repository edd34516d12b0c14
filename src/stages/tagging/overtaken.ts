import { parseTag } from '../../domain/image-ref.ts';
import type { ReleaseJournal } from '../../domain/release-journal.ts';
import type { Journal, TagMove } from '../../domain/release-machine.ts';
import { compareVersions, isVersion, type Version } from '../../domain/version.ts';
import { forEach } from './at-once.ts';
import { type TagGroup, TagLister, type TagLists, wholeIn } from './tag-lister.ts';
import { moveTag, type WriterPorts } from './writer.ts';

/** Of lists, the versions that are newer than one: as a journal keeps them. */
export function newerIn(lists: TagLists, version: string): NonNullable<ReleaseJournal['newer']> {
  return [...lists].map(([repository, tags]) => ({
    repository,
    tags: [...tags].filter((tag) => isVersion(tag) && (compareVersions(tag, version) ?? 0) > 0),
  }));
}

/** The lists that a journal kept. */
export function listsOf({ newer }: Pick<ReleaseJournal, 'newer'>): TagLists | undefined {
  return newer && new Map(newer.map(({ repository, tags }) => [repository, new Set(tags)]));
}

/**
 * Registries have no write on condition. Between our last look at a tag and our write, a newer release may have come to
 * its end, and would be overwritten by us. So we look once more: where a newer version came to be there for every image
 * of a tag since we began, the tag gets that one. Tells which tags that were.
 */
export async function yieldToNewer(
  ports: WriterPorts,
  { moves, status }: Journal,
  ours: { readonly version: string; readonly before: TagLists; readonly groups: readonly TagGroup[] },
): Promise<readonly TagMove[]> {
  const written = moves.filter((move, index) => move.kind === 'floating' && status[index] === 'done');
  const groups = ours.groups.filter(({ tag }) => written.some((move) => move.tag === tag));
  const now = new TagLister(ports.registry);
  await now.cover(groups, ours.version);
  const yielded: TagMove[] = [];
  for (const group of groups) {
    const newer = newestSince(group, now.lists, ours);
    if (newer === undefined) continue;
    const ends = await forEach(
      written.filter(({ tag }) => tag === group.tag),
      (move) => giveWay(ports, move, newer),
    );
    yielded.push(...ends.flatMap((move) => move ?? []));
  }
  return yielded;
}

/**
 * The newest version that is whole now, and was not when we began; of another release that had begun before us, some
 * tags were there. One that was whole already was let be on purpose: a tag was moved back from it, say.
 */
function newestSince(
  group: TagGroup,
  now: TagLists,
  { version, before }: { readonly version: string; readonly before: TagLists },
): Version | undefined {
  const known = new Set<string>(wholeIn(before, group, version));
  return wholeIn(now, group, version)
    .filter((one) => !known.has(one))
    .sort((a, b) => compareVersions(b, a) ?? 0)[0];
}

async function giveWay(ports: WriterPorts, move: TagMove, newer: Version): Promise<TagMove | undefined> {
  const { repository, target } = move;
  const raw = await ports.shelf.read(ports.registry, repository, parseTag(newer, 'the registry'));
  if (raw === undefined || raw.digest === target) return undefined;
  const { status } = await moveTag(ports, { ...move, target: raw.digest, previous: target });
  return status === 'done' ? move : undefined;
}
