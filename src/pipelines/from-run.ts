import { downloadRunArtifact, type GithubRun, listRunArtifacts, type RunArtifact } from '../clients/github-runs.ts';
import { readRecords } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { ConfigError, RemoteError, type SlipwayError, ToolError } from '../domain/errors.ts';
import type { Repository } from '../domain/image-ref.ts';
import type { KeptStore } from '../domain/kept-store.ts';
import type { Platform } from '../domain/platform.ts';
import type { ImageRecord } from '../domain/record.ts';
import { RowResult } from '../domain/row-result.ts';
import { readJson } from '../formats/json.ts';
import type { Ports } from '../ports/ports.ts';
import { readKeptFolder, storeArtifact } from './kept-artifact.ts';

/** An image of an earlier run that somebody wants to have here. */
export interface RunWish {
  readonly key: string;
  readonly id: string;
  /** The platforms that are wanted; of an image in parts they choose the part. */
  readonly platforms: readonly Platform[];
  /** Where the repository is found in a browser, if that is known. */
  readonly source: string | undefined;
  /** Where the image is published, if that is known. */
  readonly published: { readonly registry: RegistryClient; readonly repository: Repository } | undefined;
}

/** Where the bytes of an image of an earlier run are: in a folder that was downloaded, or in a registry by digest. */
export type FoundImage =
  | { readonly kind: 'folder'; readonly folder: string; readonly kept: KeptStore }
  | { readonly kind: 'registry'; readonly record: ImageRecord };

type FromPorts = Pick<Ports, 'exec' | 'env' | 'files' | 'log'>;

/** Finds an image of a run: first in what the run kept, then where it was uploaded to. */
export async function findInRun(ports: FromPorts, wish: RunWish, folder: string): Promise<FoundImage> {
  const { key, id, source } = wish;
  const isGithub = /^\d+$/.test(id) && source !== undefined;
  const asked = isGithub ? await inArtifacts(ports, { ...wish, run: { source, id } }, folder) : undefined;
  if (asked !== undefined && 'kind' in asked) return asked;
  const record = await recordBesideTag(ports, wish);
  if (record !== undefined) return { kind: 'registry', record };
  if (asked !== undefined && 'failure' in asked) throw asked.failure;
  throw new ConfigError({
    code: isGithub ? 'run-without-image' : 'run-unknown',
    what: isGithub ? `run ${id} kept nothing of ${key}` : `nothing here is of a run ${id} that built ${key}`,
    where: '--from-run',
    state: 'nothing was tested',
    next: isGithub
      ? 'an image that was never built has no bytes: `slipway build` builds it from these files; the log of the run says whether it was too large to keep'
      : 'runs of GitHub are numbers, and need a remote `origin`; without --from-run the image is built from these files',
  });
}

async function inArtifacts(
  ports: FromPorts,
  wish: RunWish & { readonly run: GithubRun },
  folder: string,
): Promise<FoundImage | { readonly failure: SlipwayError } | undefined> {
  const { key, run } = wish;
  try {
    const artifacts = await listRunArtifacts(ports, run);
    const chosen = storeOf(artifacts, wish);
    if (chosen !== undefined && !chosen.expired) {
      ports.log.info(`${key}: fetching ${chosen.name} of run ${run.id}`);
      await downloadRunArtifact(ports, run, { name: chosen.name, folder });
      const kept = await readKeptFolder(ports, folder);
      if (kept.key !== key || kept.run.id !== run.id) throw otherImage(kept, wish);
      return { kind: 'folder', folder, kept };
    }
    const record = await recordOfRow(ports, wish, { artifacts, folder });
    if (record !== undefined) return { kind: 'registry', record };
    return chosen === undefined ? undefined : { failure: expired(chosen, run) };
  } catch (error) {
    // Without gh the registry may still know it.
    if (error instanceof ToolError && error.code === 'gh-missing') return { failure: error };
    throw error;
  }
}

/** The one store of an image, or the one of its parts that holds a wanted platform. */
function storeOf(artifacts: readonly RunArtifact[], { key, platforms }: RunWish): RunArtifact | undefined {
  const name = storeArtifact(key);
  const parts = artifacts.filter((one) => one.name.startsWith(`${name}@`));
  const wanted = platforms.map((platform) => platform.replaceAll('/', '-'));
  return (
    artifacts.find((one) => one.name === name) ??
    parts.find((one) => wanted.some((platform) => one.name.includes(platform))) ??
    parts[0]
  );
}

/** What was proven was not kept but uploaded, and a record of it was handed on. */
async function recordOfRow(
  ports: FromPorts,
  { key, run }: RunWish & { readonly run: GithubRun },
  { artifacts, folder }: { readonly artifacts: readonly RunArtifact[]; readonly folder: string },
): Promise<ImageRecord | undefined> {
  for (const { name } of artifacts.filter((one) => one.name.startsWith('slipway-record-') && !one.expired)) {
    await downloadRunArtifact(ports, run, { name, folder: `${folder}/${name}` });
    const bytes = await ports.files.readBytes(`${folder}/${name}/result.json`);
    if (bytes === undefined) continue;
    const about = { code: 'result-invalid', what: 'the result', where: name, next: 'run the job again' };
    const found = readJson(bytes, RowResult, about).records.find((record) => record.key === key);
    if (found !== undefined) return found;
  }
  return undefined;
}

const mostTags = 500;

/** The record of a run beside what a tag names. */
async function recordBesideTag(ports: FromPorts, { key, id, published }: RunWish): Promise<ImageRecord | undefined> {
  if (published === undefined) return undefined;
  const { registry, repository } = published;
  try {
    const seen = new Set<string>();
    for (const tag of (await registry.listTags(repository)).slice(-mostTags)) {
      const found = await registry.resolve(repository, tag);
      if (found === undefined || seen.has(found.digest)) continue;
      seen.add(found.digest);
      const { records } = await readRecords(registry, repository, found.digest);
      const own = records.find(({ record }) => record.key === key && record.run.id === id);
      if (own !== undefined) return own.record;
    }
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    ports.log.info(`${repository} could not be asked: ${error.what}`);
  }
  return undefined;
}

function otherImage(kept: KeptStore, { key, id }: RunWish): RemoteError {
  return new RemoteError({
    code: 'kept-invalid',
    what: `the artifact holds ${kept.key} of run ${kept.run.id}, not ${key} of run ${id}`,
    where: '--from-run',
    state: 'nothing was tested',
    next: 'look at which job wrote it',
  });
}

function expired({ name }: RunArtifact, { source, id }: GithubRun): ConfigError {
  return new ConfigError({
    code: 'artifact-expired',
    what: `GitHub has removed the artifact ${name}, as it does after some weeks`,
    where: `${source}/actions/runs/${id}`,
    state: 'nothing was tested',
    next: 'check out the commit of the run and test without --from-run: the image is built from those files',
  });
}
