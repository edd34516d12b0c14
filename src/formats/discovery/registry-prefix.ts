import { isRepositoryPath } from '../../domain/image-ref.ts';

/** What a repository is called, as far as anybody said it. */
export interface RepositoryNames {
  /** `OWNER/REPO`, as GitHub says it. */
  readonly repository?: string | undefined;
  /** The address of a git remote. */
  readonly remote?: string | undefined;
  /** The folder in which the repository lies. */
  readonly folder: string;
}

/** `OWNER/REPO` of a git remote, and whether it is on GitHub. */
export function parseRemote(remote: string): { readonly path: string; readonly isGitHub: boolean } | undefined {
  const match =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(remote) ??
    /^(?:[^@/:]+@)?([^/:]+):(.+)$/.exec(remote);
  const parts = (match?.[2] ?? '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter((part) => part !== '');
  if (parts.length < 2) return undefined;
  return { path: parts.slice(-2).join('/'), isGitHub: /^(?:www\.|ssh\.)?github\.com$/i.test(match?.[1] ?? '') };
}

/** The last part of the repository's name. */
export function repositoryName({ repository, remote, folder }: RepositoryNames): string {
  const path = repository ?? (remote === undefined ? undefined : parseRemote(remote)?.path) ?? folder;
  return path.split('/').findLast((part) => part !== '') ?? 'image';
}

/** Where images go when nobody says it, and the sentence that says how that was found. */
export function choosePrefix(
  given: string | undefined,
  fromTags: { readonly prefix: string | undefined; readonly source: string },
  { repository, remote }: RepositoryNames,
): { readonly registry: string | undefined; readonly note: string | undefined } {
  if (given !== undefined) return { registry: given, note: undefined };
  if (fromTags.prefix !== undefined) {
    return { registry: fromTags.prefix, note: `registry: ${fromTags.prefix}, from the tags in ${fromTags.source}` };
  }
  const found = remote === undefined ? undefined : parseRemote(remote);
  const path = repository ?? (found?.isGitHub === true ? found.path : undefined);
  if (path === undefined || !isRepositoryPath(path.toLowerCase())) {
    return { registry: undefined, note: 'registry: nothing says where the images are published' };
  }
  const registry = `ghcr.io/${path.toLowerCase()}`;
  return { registry, note: `registry: ${registry}, from the name of the repository` };
}
