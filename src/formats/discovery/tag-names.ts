import { parseImageRef, type Repository } from '../../domain/image-ref.ts';
import { shownText } from '../../domain/shown-text.ts';

/** Where tags say that images are published. */
export interface TagNames {
  /** What all of them begin with; absent where they name no registry, or several. */
  readonly prefix: string | undefined;
  /** The repository of each image below the prefix, by key. */
  readonly repositories: ReadonlyMap<string, string>;
  readonly notTaken: readonly string[];
}

const local = 'docker.io/library/';

/** Reads the tags of images; a name without a registry and an owner, `app:latest`, says a repository and no prefix. */
export function readTagNames(tags: ReadonlyMap<string, readonly string[]>, file: string): TagNames {
  const notTaken: string[] = [];
  const named = new Map<string, readonly Repository[]>();
  for (const [key, own] of tags) {
    const repositories = own.flatMap((tag) => {
      const repository = repositoryOf(tag);
      if (repository !== undefined) return [repository];
      notTaken.push(`${file}: the tag ${shownText(tag)} of ${key} was not taken: it is no reference`);
      return [];
    });
    named.set(key, [...new Set(repositories)]);
  }
  const remote = [...new Set([...named.values()].flat().filter((repository) => !repository.startsWith(local)))];
  const prefix = commonPrefix(remote);
  if (prefix === undefined && remote.length > 0) {
    notTaken.push(`${file}: the names in its tags were not taken: they begin with no registry in common`);
  }
  const below = new Map<string, string>();
  for (const [key, repositories] of named) {
    const first = repositories.find((repository) => prefix !== undefined && repository.startsWith(`${prefix}/`));
    const short = repositories.find((repository) => repository.startsWith(local));
    const repository = first?.slice((prefix ?? '').length + 1) ?? short?.slice(local.length);
    if (repository !== undefined) below.set(key, repository);
  }
  return { prefix, repositories: withoutShared(below, file, notTaken), notTaken };
}

/** Images that share a repository and differ in the tag: each gets a repository of its own, by its key. */
function withoutShared(below: ReadonlyMap<string, string>, file: string, notes: string[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string[]>();
  for (const [key, repository] of below) owners.set(repository, [...(owners.get(repository) ?? []), key]);
  for (const [repository, keys] of owners) {
    if (keys.length > 1) {
      notes.push(
        `${file}: the repository ${repository} was not taken: it is that of ${keys.join(', ')}, and each image has its own`,
      );
    }
  }
  return new Map([...below].filter(([, repository]) => owners.get(repository)?.length === 1));
}

function repositoryOf(tag: string): Repository | undefined {
  try {
    return parseImageRef(tag, 'a tag').repository;
  } catch {
    return undefined;
  }
}

/** The folders that all repositories have in common. */
function commonPrefix(repositories: readonly string[]): string | undefined {
  const folders = repositories.map((repository) => repository.split('/').slice(0, -1));
  const [first = []] = folders;
  let length = 0;
  while (length < first.length && folders.every((folder) => folder[length] === first[length])) length += 1;
  return length === 0 ? undefined : first.slice(0, length).join('/');
}
