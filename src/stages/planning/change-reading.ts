import type { GitChanges } from '../../clients/git-changes.ts';
import type { EventFacts } from '../../domain/event.ts';
import { isRefresh } from '../../domain/event.ts';
import { joinPath } from '../../domain/path.ts';
import type { ChangedPath } from '../../formats/git-diff.ts';
import type { Files } from '../../ports/files.ts';
import { changedImages, type ImageChanges, type ImageFiles, type ListedFile } from './changes.ts';
import { filterFor } from './context.ts';
import type { Draft } from './drafts.ts';
import type { Proof } from './proof.ts';

/** Where the files that changed come from. */
export interface ChangeSource {
  /** Somebody named the revision to compare with, so that nothing else decides. */
  readonly isAsked: boolean;
  /** Looks only when it is asked: git may have to fetch. */
  read(): Promise<GitChanges>;
}

/** What is read about images, besides their drafts. */
export interface ChangeInputs {
  readonly folder: string;
  readonly event: EventFacts;
  readonly changes?: ChangeSource | undefined;
  readonly configFile: string;
  readonly config: {
    readonly 'version-file': string;
    readonly sources: readonly string[];
    readonly images: Readonly<Record<string, { readonly paths: readonly string[] }>>;
  };
}

/** What is known of the images when the diff is asked. */
export interface ChangeQuestion {
  readonly drafts: readonly Draft[];
  readonly version: string | undefined;
  readonly isOnline: boolean;
  readonly proofs: ReadonlyMap<string, Proof>;
}

/** What the diff says about the images; `undefined` where nobody needs to know. */
export async function readChanges(
  files: Files,
  inputs: ChangeInputs,
  { drafts, version, isOnline, proofs }: ChangeQuestion,
): Promise<ImageChanges | undefined> {
  const { changes: source, event } = inputs;
  // A release gives tags to what was proven; a refresh builds everything.
  if (source === undefined || event.name === 'release' || isRefresh(event)) return undefined;
  const decides = source.isAsked || !isOnline;
  const hasQuestion = decides || drafts.some(({ key }) => proofs.get(key)?.kind === 'other');
  if (!hasQuestion) return undefined;
  const found = await source.read();
  if (found.kind === 'unknown') return { ...found, decides };
  const images = new Map<string, ImageFiles>();
  for (const draft of drafts) images.set(draft.key, await filesOf(files, inputs, draft, version));
  // A generated Dockerfile is made anew in each run: whether it is another, the files that it is made from say.
  const made = new Set(drafts.flatMap((draft) => (draft.dockerfileText === null ? [] : draft.dockerfile)));
  const changed = found.files.filter(({ path }) => !made.has(path));
  const listed = await Promise.all(changed.map((file) => listFile(files, inputs.folder, file)));
  return { kind: 'files', decides, how: found.how, images: changedImages(listed, images) };
}

async function filesOf(
  files: Files,
  { folder, config, configFile }: ChangeInputs,
  draft: Draft,
  version: string | undefined,
): Promise<ImageFiles> {
  const { context, dockerfile, contexts, buildArgs } = draft;
  const beside = `${dockerfile}.dockerignore`;
  const isBeside = (await files.facts(joinPath(folder, beside))) !== undefined;
  const own = [dockerfile, beside, ...(isBeside ? [] : [joinPath(context, '.dockerignore')])];
  // An argument holds the version if it was filled with it; a version that is gone may have been in any.
  const hasVersion = version === undefined || Object.values(buildArgs).some((value) => value.includes(version));
  const isSeen = await filterFor(files, joinPath(folder, context), { dockerfile: joinPath(folder, dockerfile) });
  const named = Object.values(contexts).map(async (path) => {
    return { path, isSeen: await filterFor(files, joinPath(folder, path), {}) };
  });
  return {
    files: new Set([
      ...own,
      withoutFolder(configFile, folder),
      ...config.sources,
      ...(hasVersion ? [config['version-file']] : []),
    ]),
    folders: [{ path: context, isSeen }, ...(await Promise.all(named))],
    isExtra: await extraFilter(files, folder, { draft, paths: config.images[draft.key]?.paths ?? [] }),
  };
}

async function extraFilter(
  files: Files,
  folder: string,
  { draft, paths }: { readonly draft: Draft; readonly paths: readonly string[] },
): Promise<(path: string) => boolean> {
  if (paths.length > 0) return filterFor(files, folder, { only: paths });
  // What a generator reads nobody knows, unless `paths` say so.
  return () => draft.dockerfileText !== null;
}

async function listFile(files: Files, folder: string, { path, isSubmodule }: ChangedPath): Promise<ListedFile> {
  return { path, below: isSubmodule ? await filesBelow(files, folder, path) : [] };
}

/** What a submodule holds, if it was checked out. */
async function filesBelow(files: Files, folder: string, path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, kind } of await files.list(joinPath(folder, path))) {
    const inner = `${path}/${name}`;
    if (kind === 'folder') found.push(...(await filesBelow(files, folder, inner)));
    else found.push(inner);
  }
  return found;
}

function withoutFolder(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
