import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { eventually } from './desk.ts';
import { crane, type Lab, tagsOf } from './lab.ts';

/** What a registry was asked to write. */
export interface Written {
  /** Tags of images, as `repository:tag`, but for those by which referrers are found. */
  readonly tags: readonly string[];
  /** Tags of caches. A builder sends no cache that is there already, so what the registry holds says more. */
  readonly caches: readonly string[];
  /** Repositories of images that got content: blobs, manifests by digest, what refers to them. */
  readonly contents: readonly string[];
  /** What was taken away. */
  readonly removed: readonly string[];
}

/** A record that stands beside an image, as far as tests care. */
export interface StandingRecord {
  /** The digest of its own bytes. */
  readonly blob: string;
  readonly key: string;
  readonly digest: string;
  readonly test: string;
  readonly tests: readonly { readonly kind: string; readonly state: string }[];
  readonly commit: string | null;
  readonly bases: readonly { readonly key: string | null; readonly digest: string | null }[];
}

/** What Slipway calls the repository of caches, and what projects do. */
const isCache = (name: string): boolean => /-cache(?::|$)/.test(name);
const referrersTag = /^sha256-[0-9a-f]{64}$/;

/** Every tag of each repository below a place of the lab's registry with its digest, but for those of referrers. */
export async function tagsBelow(lab: Lab, place: string): Promise<Readonly<Record<string, string>>> {
  const repositories = (await crane(lab, 'catalog', lab.registry))
    .split('\n')
    .filter((one) => one.startsWith(`${place}/`));
  const found = repositories.sort().map(async (repository) => {
    const tags = (await tagsOf(lab, `${lab.registry}/${repository}`)).filter((tag) => !referrersTag.test(tag)).sort();
    return Promise.all(
      tags.map(async (tag): Promise<[string, string]> => {
        const name = `${repository}:${tag}`;
        return [name.slice(place.length + 1), await crane(lab, 'digest', `${lab.registry}/${name}`)];
      }),
    );
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}

/** Every request for a repository below a place that the lab's registry got, as `METHOD path`. */
export async function requestsBelow(lab: Lab, place: string): Promise<readonly string[]> {
  // The log is complete up to the request that we made last.
  const marker = `${place}/marker-${randomBytes(6).toString('hex')}`;
  await fetch(`http://${lab.registry}/v2/${marker}/tags/list`);
  const log = await eventually(
    () => readFile(lab.registryAccessLog, 'utf8'),
    (text) => text.includes(marker),
  );
  return log
    .split('\n')
    .flatMap((line) => /"([A-Z]+) (\S+) HTTP/.exec(line)?.slice(1, 3).join(' ') ?? [])
    .filter((request) => request.includes(` /v2/${place}/`) && !request.includes('/marker-'));
}

/** Sorts what was asked for below a place; an upload that was begun and taken back, to try a right, wrote nothing. */
export function writtenBy(requests: readonly string[], place: string): Written {
  const tags = new Set<string>();
  const contents = new Set<string>();
  const removed = new Set<string>();
  for (const request of requests) {
    const [, method = '', repository = '', kind, rest = ''] =
      /^([A-Z]+) \/v2\/(\S+?)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(request) ?? [];
    if (repository === '') throw new Error(`no request of a registry: ${request}`);
    const name = repository.slice(place.length + 1);
    if (method === 'DELETE' && !rest.startsWith('uploads/')) removed.add(`${name} ${kind} ${rest}`);
    if (method === 'PUT' && kind === 'manifests' && !rest.startsWith('sha256')) tags.add(`${name}:${rest}`);
    else if (method === 'PUT' || (method === 'POST' && bringsBlob(rest, repository))) contents.add(name);
  }
  const sorted = [...tags].sort();
  return {
    tags: sorted.filter((tag) => !isCache(tag)),
    caches: sorted.filter(isCache),
    contents: [...contents].filter((name) => !isCache(name)).sort(),
    removed: [...removed].sort(),
  };
}

/** A mount from elsewhere; one of what the repository has itself is how a right is tried. */
function bringsBlob(upload: string, repository: string): boolean {
  const query = new URLSearchParams(upload.split('?')[1]);
  return query.has('mount') && query.get('from') !== repository;
}

/** The record beside an image, found by the tag that stands for its referrers. */
export async function recordBeside(lab: Lab, image: string, digest: string): Promise<StandingRecord> {
  const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await crane(lab, ...args));
  const index = (await json('manifest', `${image}:${digest.replace(':', '-')}`)) as Manifests;
  const referrer = index.manifests.find(({ artifactType }) => artifactType?.includes('slipway.record') === true);
  const manifest = (await json('manifest', `${image}@${referrer?.digest}`)) as Layers;
  const blob = manifest.layers[0]?.digest ?? '';
  return { ...((await json('blob', `${image}@${blob}`)) as Omit<StandingRecord, 'blob'>), blob };
}

/** The layers of an image on linux/amd64, unpacked, the lowest first. */
export async function layersOf(lab: Lab, reference: string): Promise<readonly string[]> {
  const config = JSON.parse(await crane(lab, 'config', '--platform', 'linux/amd64', reference)) as Config;
  return config.rootfs.diff_ids;
}

/** The digests of the layers of a manifest, as they travel; of an index, of that for a platform. */
export async function blobsOf(lab: Lab, reference: string, platform?: string): Promise<readonly string[]> {
  const choice = platform === undefined ? [] : ['--platform', platform];
  const { layers } = JSON.parse(await crane(lab, 'manifest', ...choice, reference)) as Layers;
  return layers.map(({ digest }) => digest);
}

interface Manifests {
  readonly manifests: readonly { readonly digest: string; readonly artifactType?: string }[];
}

interface Layers {
  readonly layers: readonly { readonly digest: string }[];
}

interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] };
}
