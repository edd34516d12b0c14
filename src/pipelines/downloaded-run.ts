import { ConfigError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import { RowResult } from '../domain/row-result.ts';
import { readJson } from '../formats/json.ts';
import type { Ports } from '../ports/ports.ts';
import type { FindStore } from '../stages/gating/views.ts';
import { storesInFolder } from './found-stores.ts';

/** What a run left that uploaded nothing: its records and the stores of its images. */
export interface DownloadedRun {
  readonly records: readonly ImageRecord[];
  readonly findStore: FindStore;
}

/** Reads the artifacts `slipway-record-…` and `slipway-store-…` of a run from a folder that somebody downloaded them to. */
export async function readDownloaded(ports: Ports, path: string, plan: Plan): Promise<DownloadedRun> {
  const folder = (await ports.files.realPath(path)) ?? path;
  const names = (await ports.files.list(folder))
    .map(({ name }) => name)
    .filter((name) => name.startsWith('slipway-record-'));
  const results = await Promise.all(names.map((name) => readResult(ports, `${folder}/${name}/result.json`)));
  const wanted = new Set(plan.images.map(({ key }) => key));
  const records = results.flatMap((result) => result?.records ?? []).filter(({ key }) => wanted.has(key));
  const lacking = [...wanted].filter((key) => !records.some((record) => record.key === key));
  if (lacking.length > 0) {
    throw new ConfigError({
      code: 'store-without-record',
      what: `nothing there says that ${lacking.join(', ')} passed its tests`,
      where: path,
      state: 'nothing was uploaded, and no tag was written',
      next: 'download all artifacts slipway-record-… and slipway-store-… of the run, each into a folder of its name: gh run download ID --dir FOLDER',
    });
  }
  return { records, findStore: storesInFolder(ports, folder) };
}

async function readResult({ files }: Pick<Ports, 'files'>, path: string): Promise<RowResult | undefined> {
  const bytes = await files.readBytes(path);
  if (bytes === undefined) return undefined;
  return readJson(bytes, RowResult, {
    code: 'result-invalid',
    what: 'the record of a job',
    where: path,
    next: 'download the artifact again, with the same version of Slipway that made it',
  });
}
