import { RemoteError } from '../domain/errors.ts';
import type { Row } from '../domain/plan.ts';
import type { ActionPorts, Ports } from '../ports/ports.ts';
import { scanReportFile } from '../stages/scan.ts';
import { testLogFolder } from '../stages/testing/test-log.ts';
import { inParallel } from '../store/parallel.ts';

/** Each artifact takes three requests to a service that may be far away. */
export const uploadsAtOnce = 4;

/** The images whose tests ran, and where their stores and logs lie. */
export interface LoggedRun {
  readonly runFolder: string;
  readonly keys: readonly string[];
}

/** Parts of one image are tested in several jobs, and an artifact has one name in a run. */
export function partSuffix(row: Row | undefined): string {
  return row?.platforms == null ? '' : `@${row.platforms.join('-').replaceAll('/', '-')}`;
}

/** Hands on what the tests of each image printed and what its scan found, also where they failed. */
export async function uploadLogs(ports: ActionPorts, run: LoggedRun, row: Row | undefined): Promise<void> {
  const part = partSuffix(row);
  await inParallel(run.keys, uploadsAtOnce, async (key) => {
    const logs = await readLogs(ports, run, key);
    if (Object.keys(logs).length > 0) await uploadForPeople(ports, `test-logs-${key}${part}`, logs);
    const report = await ports.files.readBytes(scanReportFile(`${run.runFolder}/${key}`));
    if (report !== undefined) await uploadForPeople(ports, `scan-${key}${part}`, { [`${key}.sarif`]: report });
  });
}

/** What is for people alone: where it cannot be kept, what was tested stands all the same. */
export async function uploadForPeople(
  { artifacts, log }: Pick<ActionPorts, 'artifacts' | 'log'>,
  name: string,
  logs: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  try {
    await artifacts.upload(name, logs);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    log.warning(error.what);
  }
}

/** Keeps the logs of a run on this machine; those of the run before are replaced. */
export async function keepTestLogs(ports: Pick<Ports, 'files'>, run: LoggedRun, folder: string): Promise<void> {
  await ports.files.remove(folder);
  for (const key of run.keys) {
    for (const [name, bytes] of Object.entries(await readLogs(ports, run, key))) {
      await ports.files.write(`${folder}/${name}`, bytes);
    }
  }
}

/** Keeps what the test of the set printed beside the logs of the images. */
export async function keepSetLog(ports: Pick<Ports, 'files'>, workFolder: string, folder: string): Promise<void> {
  for (const [name, bytes] of Object.entries(await readFolder(ports, testLogFolder(workFolder)))) {
    await ports.files.write(`${folder}/${name}`, bytes);
  }
}

/** Hands it on as an artifact. */
export async function uploadSetLog(ports: ActionPorts, workFolder: string): Promise<void> {
  const logs = await readFolder(ports, testLogFolder(workFolder));
  if (Object.keys(logs).length > 0) await uploadForPeople(ports, 'set-test-log', logs);
}

function readLogs(
  ports: Pick<Ports, 'files'>,
  { runFolder }: LoggedRun,
  key: string,
): Promise<Readonly<Record<string, Uint8Array>>> {
  return readFolder(ports, testLogFolder(`${runFolder}/${key}`));
}

async function readFolder(
  { files }: Pick<Ports, 'files'>,
  folder: string,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const logs: Record<string, Uint8Array> = {};
  for (const { name } of await files.list(folder)) {
    const bytes = await files.readBytes(`${folder}/${name}`);
    if (bytes !== undefined) logs[name] = bytes;
  }
  return logs;
}
