import { cleanPath, joinPath } from '../../domain/path.ts';
import type { DefinitionFiles } from '../../formats/discovery/definition-files.ts';
import type { Finding } from '../../formats/discovery/finding.ts';
import { matrixFilesIn } from '../../formats/discovery/python-matrix.ts';
import type { Tree } from './tree.ts';

const mostFiles = 20;

/** What a repository holds beside what was taken, in sentences; without a finding that is everything. */
export function describeLeftovers(
  finding: Finding | undefined,
  tree: Tree,
  chosen: DefinitionFiles,
): readonly string[] {
  return [...laterDefinitions(finding, chosen), ...unusedFiles(finding, tree), ...tree.passedOver];
}

/** Bake and compose files behind the one that was taken in the order. */
function laterDefinitions(finding: Finding | undefined, { bake, compose }: DefinitionFiles): readonly string[] {
  const later = finding?.how === 'python-matrix' ? [...bake, ...compose] : finding?.how === 'bake' ? compose : [];
  return later.map((file) => `${file} was not taken: ${finding?.source} comes first`);
}

/** Dockerfiles that no image is built from, and definitions outside of the root. */
function unusedFiles(finding: Finding | undefined, tree: Tree): readonly string[] {
  const built = Object.values(finding?.images ?? {}).map(({ context, dockerfile }) =>
    cleanPath(joinPath(context ?? '.', dockerfile ?? 'Dockerfile')),
  );
  const matrix = finding?.how === 'python-matrix' ? matrixFilesIn(tree.likeDockerfiles).map(({ path }) => path) : [];
  const known = new Set([...built, ...matrix]);
  const isByFolder = finding === undefined || finding.how === 'folders' || finding.how === 'dockerfile';
  const why = isByFolder ? 'it is no Dockerfile of an image folder' : `no image of ${finding.source} is built from it`;
  const dockerfiles = [...tree.dockerfiles, ...tree.likeDockerfiles].filter((path) => !known.has(path)).sort();
  const notes = [
    ...dockerfiles.map((path) => `${path} was not taken: ${why}`),
    ...tree.nestedDefinitions.map((path) => `${path} was not taken: such files are looked for in the root alone`),
  ];
  const more = notes.length - mostFiles;
  return more > 0 ? [...notes.slice(0, mostFiles), `${more} more such files were not taken`] : notes;
}
