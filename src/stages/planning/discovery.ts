import { chooseDefinitionFiles } from '../../formats/discovery/definition-files.ts';
import type { Finding } from '../../formats/discovery/finding.ts';
import { findFolders } from '../../formats/discovery/folders.ts';
import { nothingToBuild } from '../../formats/discovery/nothing.ts';
import { findPythonMatrix, matrixFilesIn } from '../../formats/discovery/python-matrix.ts';
import { maxVersionsBytes, parsePythonVersions } from '../../formats/discovery/python-versions.ts';
import { choosePrefix, type RepositoryNames, repositoryName } from '../../formats/discovery/registry-prefix.ts';
import { bytesOf } from '../../formats/pieces.ts';
import type { Files } from '../../ports/files.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DefinitionInputs, type Look, lookAtBake, lookAtCompose } from './definitions.ts';
import { describeLeftovers } from './leftovers.ts';
import { readTree, type Tree } from './tree.ts';

/** What is known before anybody looks; `folder` has its links resolved. */
export interface DiscoveryInputs extends DefinitionInputs, RepositoryNames {
  readonly folder: string;
  /** The registry prefix, where somebody said it. */
  readonly registry: string | undefined;
}

/** The images of a repository without a configuration, with how they were found. */
export interface Discovery extends Omit<Finding, 'prefix'> {
  /** The registry prefix; absent where nothing says it. */
  readonly registry: string | undefined;
}

const versionsFile = 'PYTHON_VERSIONS';

/** Finds what a repository builds: the first way of saying it that there is wins, and the rest is named in the notes. */
export async function discover(ports: Pick<Ports, 'files' | 'exec'>, inputs: DiscoveryInputs): Promise<Discovery> {
  const tree = await readTree(ports.files, inputs.folder);
  const chosen = chooseDefinitionFiles(tree.root);
  const ways: readonly (() => Promise<Look>)[] = [
    () => lookAtPythonVersions(ports.files, inputs.folder, tree),
    () => lookAtBake(ports, inputs, chosen.bake),
    () => lookAtCompose(ports, inputs, chosen.compose),
    async () => ({ finding: findFolders(tree.dockerfiles, repositoryName(inputs)), notTaken: [] }),
  ];
  const notTaken: string[] = [...chosen.passedOver];
  for (const look of ways) {
    const { finding, notTaken: more } = await look();
    notTaken.push(...more);
    if (finding === undefined) continue;
    const { prefix: _, ...rest } = finding;
    const { registry, note } = choosePrefix(inputs.registry, finding, inputs);
    return {
      ...rest,
      registry,
      found: [...finding.found, ...(note === undefined ? [] : [note])],
      notTaken: [...notTaken, ...finding.notTaken, ...describeLeftovers(finding, tree, chosen)],
    };
  }
  throw nothingToBuild(inputs.folder, [...notTaken, ...describeLeftovers(undefined, tree, chosen)]);
}

async function lookAtPythonVersions(files: Files, folder: string, tree: Tree): Promise<Look> {
  if (!tree.root.includes(versionsFile)) return { finding: undefined, notTaken: [] };
  if (matrixFilesIn(tree.likeDockerfiles).length === 0) {
    const why = 'there is no Dockerfile.<runtime>-py<version>; if a program writes them, run it first';
    return { finding: undefined, notTaken: [`${versionsFile} was not taken: ${why}`] };
  }
  // A byte more than is allowed tells that it is too large.
  const stream = await files.readStream(`${folder}/${versionsFile}`, { start: 0, size: maxVersionsBytes + 1 });
  const content = stream === undefined ? undefined : await bytesOf(stream, maxVersionsBytes + 1);
  const versions = parsePythonVersions(content ?? new Uint8Array(), versionsFile);
  const finding = findPythonMatrix(versions, tree.likeDockerfiles, {
    versionsFile,
    hasVersion: tree.root.includes('VERSION'),
  });
  return { finding, notTaken: [] };
}
