import type { RegistryClient } from '../../clients/registry/client.ts';
import { parseTag, type Repository } from '../../domain/image-ref.ts';
import type { ReleaseJournal } from '../../domain/release-journal.ts';
import type { Journal, TagMove } from '../../domain/release-machine.ts';
import { compareVersions, isPrerelease, isVersion, type Version, versionLines } from '../../domain/version.ts';
import { forEach } from './at-once.ts';
import { moveTag, type WriterPorts } from './writer.ts';

/** The tags of each repository. */
export type TagLists = ReadonlyMap<Repository, ReadonlySet<string>>;

/** Lists the tags of repositories. */
export async function listTags(registry: RegistryClient, repositories: Iterable<Repository>): Promise<TagLists> {
  const lists = await forEach([...new Set(repositories)], async (repository) => {
    return [repository, new Set<string>(await registry.listTags(repository))] as const;
  });
  return new Map(lists);
}

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
 * its end, and would be overwritten by us. So we look once more: where a newer version was cut meanwhile, for every image
 * of the set, the tag gets that one. Tells which tags that were.
 */
export async function yieldToNewer(
  ports: WriterPorts,
  { moves, status }: Journal,
  ours: { readonly version: string; readonly before: TagLists },
): Promise<readonly TagMove[]> {
  const written = moves.filter((move, index) => move.kind === 'floating' && status[index] === 'done');
  if (written.length === 0) return [];
  const now = await listTags(
    ports.registry,
    written.map(({ repository }) => repository),
  );
  const yielded: TagMove[] = [];
  for (const tag of new Set(written.map((move) => move.tag))) {
    const group = written.filter((move) => move.tag === tag);
    const newer = newestOf(group, now, ours);
    if (newer === undefined) continue;
    const ends = await Promise.all(group.map((move) => giveWay(ports, move, newer)));
    yielded.push(...ends.flatMap((move) => move ?? []));
  }
  return yielded;
}

/** The newest version that every image of a tag has got since we looked, and that the tag follows. */
function newestOf(
  group: readonly TagMove[],
  now: TagLists,
  { version, before }: { readonly version: string; readonly before: TagLists },
): Version | undefined {
  const [first, ...others] = group;
  if (first === undefined) return undefined;
  const fresh = ({ repository }: TagMove): readonly string[] =>
    [...(now.get(repository) ?? [])].filter((tag) => before.get(repository)?.has(tag) !== true);
  return fresh(first)
    .filter((tag) => isVersion(tag))
    .filter((tag) => (compareVersions(tag, version) ?? 0) > 0 && !isPrerelease(tag) && !/-r\d{8}(?:\.\d+)?$/.test(tag))
    .filter((tag) => first.tag === 'latest' || versionLines(tag).includes(first.tag))
    .filter((tag) => others.every((other) => fresh(other).includes(tag)))
    .sort((a, b) => compareVersions(b, a) ?? 0)[0];
}

async function giveWay(ports: WriterPorts, move: TagMove, newer: Version): Promise<TagMove | undefined> {
  const { repository, target } = move;
  const raw = await ports.shelf.read(ports.registry, repository, parseTag(newer, 'the registry'));
  if (raw === undefined || raw.digest === target) return undefined;
  const { status } = await moveTag(ports, { ...move, target: raw.digest, previous: target });
  return status === 'done' ? move : undefined;
}
