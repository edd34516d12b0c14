import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import type { TagRequest } from '../../domain/tag-move.ts';
import { compareVersions, isPrerelease, isVersion, type Version, versionLines } from '../../domain/version.ts';
import { forEach } from './at-once.ts';

/** The tags of each repository that was looked at. */
export type TagLists = ReadonlyMap<Repository, ReadonlySet<string>>;

/** A floating tag, and the repositories in which it moves together. */
export interface TagGroup {
  readonly tag: Tag;
  readonly repositories: readonly Repository[];
}

/** The groups of floating tags. */
export function groupsOf(requests: readonly Pick<TagRequest, 'kind' | 'tag' | 'repository'>[]): readonly TagGroup[] {
  const groups = new Map<Tag, Set<Repository>>();
  for (const { kind, tag, repository } of requests) {
    if (kind !== 'floating') continue;
    const group = groups.get(tag);
    if (group === undefined) groups.set(tag, new Set([repository]));
    else group.add(repository);
  }
  return [...groups].map(([tag, repositories]) => ({ tag, repositories: [...repositories] }));
}

/** The versions in a list that a tag would follow on from ours. */
export function newerFor(tag: Tag, tags: Iterable<string>, version: string): readonly Version[] {
  return [...tags]
    .filter((one) => isVersion(one))
    .filter((one) => (compareVersions(one, version) ?? 0) > 0 && !isPrerelease(one) && !/-r\d{8}(?:\.\d+)?$/.test(one))
    .filter((one) => tag === 'latest' || versionLines(one).includes(tag));
}

/**
 * Lists tags to find out which newer versions a whole group has. Each repository is listed once; and all of a group only
 * where the first has a newer version, since what is not there is not in all of them.
 */
export class TagLister {
  readonly #registry: RegistryClient;
  readonly #lists = new Map<Repository, ReadonlySet<string>>();

  constructor(registry: RegistryClient) {
    this.#registry = registry;
  }

  /** What was listed so far. */
  get lists(): TagLists {
    return this.#lists;
  }

  /** Lists as much as it takes to know which newer versions a group has. */
  async cover(groups: readonly TagGroup[], version: string): Promise<void> {
    const firstOf = ({ repositories }: TagGroup): Repository | undefined =>
      repositories.find((one) => this.#lists.has(one)) ?? repositories[0];
    await this.#list(groups.flatMap((group) => firstOf(group) ?? []));
    const others = groups.filter((group) => {
      const first = firstOf(group);
      return first !== undefined && newerFor(group.tag, this.#lists.get(first) ?? [], version).length > 0;
    });
    await this.#list(others.flatMap(({ repositories }) => repositories));
  }

  async #list(repositories: readonly Repository[]): Promise<void> {
    const unknown = [...new Set(repositories)].filter((one) => !this.#lists.has(one));
    await forEach(unknown, async (one) => {
      this.#lists.set(one, new Set<string>(await this.#registry.listTags(one)));
    });
  }
}

/** The newer versions that every repository of a group has, by lists that cover it. */
export function wholeIn(lists: TagLists, { tag, repositories }: TagGroup, version: string): readonly Version[] {
  const [first, ...others] = repositories;
  if (first === undefined) return [];
  return newerFor(tag, lists.get(first) ?? [], version).filter((one) =>
    others.every((other) => lists.get(other)?.has(one) === true),
  );
}
