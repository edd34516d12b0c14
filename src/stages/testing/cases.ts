import type { Container } from '../../clients/engine.ts';
import { joinPath } from '../../domain/path.ts';
import type { CaseCounts } from '../../domain/test-result.ts';
import { addCounts, parseJunit } from '../../formats/junit.ts';
import type { Files } from '../../ports/files.ts';
import type { Attempted, TestPorts } from './attempt.ts';

type Ended = Omit<Attempted, 'engineImage'>;

const maxFiles = 200;
const maxBytes = 16 * 1024 * 1024;
const maxDepth = 5;

/** Adds what the JUnit files of a test say. One that says nothing, or speaks of failures, is no pass, whatever the exit code was. */
export async function readCases(
  { files, secrets }: Pick<TestPorts, 'files' | 'secrets'>,
  {
    container,
    path,
    scratch,
  }: { readonly container: Container; readonly path: string; readonly scratch: string | undefined },
  ended: Ended,
): Promise<Ended> {
  await using folder = await files.tempFolder('slipway-junit-', scratch);
  const isThere = await container.copyOut(path, `${folder.path}/files`);
  const found = isThere ? await plainFiles(files, `${folder.path}/files`, maxDepth) : [];
  if (found.length === 0) return worse(ended, `it left no JUnit file at ${path}`);
  const all: CaseCounts[] = [];
  for (const file of found.slice(0, maxFiles)) {
    const name = file.slice(folder.path.length + '/files/'.length) || path;
    if (((await files.facts(file))?.size ?? 0) > maxBytes) return worse(ended, `its JUnit file ${name} is too large`);
    const reading = parseJunit(secrets.clean((await files.readText(file)) ?? ''));
    if (reading.kind === 'broken') return worse(ended, `its JUnit file ${name} cannot be read: ${reading.why}`);
    all.push(reading.counts);
  }
  const cases = addCounts(all);
  if (cases.failed === 0) return { ...ended, cases };
  return { ...worse(ended, `${cases.failed} of its cases failed`), cases };
}

function worse(ended: Ended, why: string): Ended {
  const reason = ended.reason === '' ? why : `${ended.reason}; ${why}`;
  return { ...ended, state: 'failed', reason };
}

/** Files that end in .xml, or the one file that was asked for. Links are passed over: they lead to files of this machine. */
async function plainFiles(files: Files, path: string, depth: number): Promise<readonly string[]> {
  const facts = await files.facts(path);
  if (facts?.kind === 'file') return [path];
  if (facts?.kind !== 'folder' || depth === 0) return [];
  const found: string[] = [];
  for (const { name, kind } of await files.list(path)) {
    if (kind === 'file' && name.endsWith('.xml')) found.push(joinPath(path, name));
    if (kind === 'folder') found.push(...(await plainFiles(files, joinPath(path, name), depth - 1)));
  }
  return found;
}
