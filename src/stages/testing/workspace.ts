import type { Mount } from '../../clients/container-limits.ts';
import { joinPath } from '../../domain/path.ts';
import type { TestSandbox } from '../../domain/planned-test.ts';
import type { Files } from '../../ports/files.ts';

const target = '/workspace';
/** A checkout keeps its token in .git, and our own work in progress is no test's business. */
const hidden = ['.git', '.slipway'] as const;

/** How a container sees the repository. */
export async function workspaceMounts(
  files: Files,
  folder: string,
  workspace: TestSandbox['workspace'],
): Promise<readonly Mount[]> {
  if (workspace === 'none') return [];
  const mounts: Mount[] = [{ kind: 'bind', source: folder, target, readOnly: workspace === 'read' }];
  for (const name of hidden) {
    const facts = await files.facts(joinPath(folder, name));
    if (facts?.kind === 'folder') mounts.push({ kind: 'empty', target: `${target}/${name}` });
  }
  return mounts;
}
