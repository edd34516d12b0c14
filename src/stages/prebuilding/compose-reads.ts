import { leadsOut, type TakenPath } from '../../domain/devcontainer/mounts.ts';
import type { FoundHazard } from '../../domain/devcontainer/refusals.ts';
import { cleanPath, isAddress, joinPath } from '../../domain/path.ts';
import type { Files } from '../../ports/files.ts';
import { composeFilesOf } from './compose.ts';
import type { DevcontainerProject } from './project.ts';

const what = 'a file that a compose file includes or extends';

/** What compose would read of the machine while it reads its files: it quotes what it cannot read. */
export async function composeReadHazards(
  files: Pick<Files, 'readText'>,
  project: DevcontainerProject,
): Promise<{ readonly hazards: readonly FoundHazard[]; readonly paths: readonly TakenPath[] }> {
  const { composeReads } = await import('../../formats/devcontainer-compose-reads.ts');
  const hazards: FoundHazard[] = [];
  const paths: TakenPath[] = [];
  const named = composeFilesOf(project);
  const first = folderOf(named[0] ?? '.');
  const open = named.map((file) => ({ file, bases: [first, folderOf(file)] }));
  const seen = new Set<string>();
  for (let one = open.shift(); one !== undefined; one = open.shift()) {
    const { file, bases } = one;
    const key = [file, ...bases].join('\n');
    if (seen.has(key)) continue;
    seen.add(key);
    const text = await files.readText(joinPath(project.folder, file));
    const reads = text === undefined ? undefined : composeReads(text);
    if (text !== undefined && reads === undefined) {
      hazards.push({
        hazard: 'host-mount',
        what: `${file} cannot be read, and so may include any file of the machine`,
      });
    }
    const place = (name: string): readonly string[] => {
      if (isAddress(name) || name.startsWith('git@')) return [];
      const all = [...new Set(bases)].map((base) => (name.startsWith('/') ? name : cleanPath(joinPath(base, name))));
      const out = all.find((path) => path.startsWith('/') || leadsOut(path) || path.includes('$'));
      if (out !== undefined)
        hazards.push({ hazard: 'host-mount', what: `${what} is ${out.slice(0, 200)} of the machine` });
      return out === undefined ? all : [];
    };
    const folders = (reads?.others ?? []).flatMap(place);
    const more = (reads?.files ?? []).flatMap(place);
    paths.push(...[...folders, ...more].map((path) => ({ what, path })));
    // From where they mean what they name is one of these; each has to be harmless.
    open.push(...more.map((path) => ({ file: path, bases: [...new Set([folderOf(path), ...bases, ...folders])] })));
    if (seen.size > 100) break;
  }
  return { hazards, paths };
}

function folderOf(path: string): string {
  return path.includes('/') ? path.replace(/\/[^/]*$/, '') : '.';
}
