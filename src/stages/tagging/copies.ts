import type { RegistryClient } from '../../clients/registry/client.ts';
import { attachOnce, repositoryContent } from '../../clients/registry/repository-content.ts';
import { sharingBlobs } from '../../clients/registry/shared-blobs.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { hostOf, type Repository } from '../../domain/image-ref.ts';
import type { TagRequest } from '../../domain/tag-move.ts';
import { readManifest } from '../../formats/manifest.ts';
import type { RawManifest } from '../../ports/content.ts';
import { copyContent } from '../../store/copy.ts';
import { copyReferrers } from '../../store/copy-referrers.ts';
import { inParallel } from '../../store/parallel.ts';
import { type Decided, isWritten } from './deciding.ts';
import type { ReleasePorts } from './facts.ts';
import type { ManifestShelf } from './shelf.ts';

/** So long the copies of a release may take in all. */
const copyingMs = 2 * 3_600_000;
/** Images on their way at once; each takes several requests at a time. */
const atOnce = 4;

/** Content of one registry that is to get tags in another one. */
export interface ContentCopy {
  readonly source: Repository;
  readonly repository: Repository;
  readonly digest: Digest;
}

/** What must be brought to further registries before its tags are written there; what has a tag there is there. */
export function copiesOf({ decided }: Pick<Decided, 'decided'>, needs: readonly TagRequest[] = []): ContentCopy[] {
  const nameOf = ({ repository, target }: TagRequest): string => `${repository}@${target}`;
  const named = decided.flatMap(({ request, decision }) => (decision.kind === 'unchanged' ? [request] : []));
  const there = new Set([...needs, ...named].map(nameOf));
  const copies = new Map<string, ContentCopy>();
  for (const one of decided) {
    const { source, repository, target } = one.request;
    const name = nameOf(one.request);
    if (source === undefined || !isWritten(one) || there.has(name)) continue;
    copies.set(name, { source, repository, digest: target });
  }
  return [...copies.values()];
}

/** Copies by digest, byte for byte and with all that is attached, and reads every manifest back. No tag is written. */
export async function placeCopies(
  { registry, renewed, log }: ReleasePorts,
  copies: readonly ContentCopy[],
  { shelf, state }: { readonly shelf: ManifestShelf; readonly state: string },
): Promise<void> {
  if (copies.length === 0) return;
  const client = sharingBlobs(renewed?.(copyingMs) ?? registry);
  await inParallel(copies, atOnce, async (copy) => {
    const { repository, digest } = copy;
    try {
      const written = await place(client, copy);
      shelf.keep(repository, written.root);
      const what = `${written.blobs} blobs and ${written.manifests} manifests were copied`;
      log.info(`${repository}@${digest}: ${written.manifests === 0 ? 'it is there already' : what}`);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      throw notCopied(copy, error, state);
    }
  });
}

async function place(
  client: RegistryClient,
  { source, repository, digest }: ContentCopy,
): Promise<{ readonly root: RawManifest; readonly blobs: number; readonly manifests: number }> {
  const from = repositoryContent(client, source);
  const mountFrom = hostOf(source) === hostOf(repository) ? [source] : [];
  const to = repositoryContent(client, repository, { mountFrom });
  let { blobs, manifests } = await copyContent(from, to, { digest });
  let root = await readBack(client, repository, digest);
  if (root === undefined) {
    // It has a hole, although its root is there: what a trusting copy passed over is looked at piece by piece.
    ({ blobs, manifests } = await copyContent(from, to, { digest }, { verify: true }));
    root = await readBack(client, repository, digest);
  }
  if (root === undefined) throw notThere(repository, digest);
  await copyReferrers(
    { content: from, referrersOf: (subject) => client.listReferrers(source, subject) },
    to,
    { digest },
    (manifest, subject) => attachOnce(client, repository, { manifest, subject }),
  );
  return { root, blobs, manifests };
}

/** The manifest of a digest, when it is there with all that it lists. */
async function readBack(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<RawManifest | undefined> {
  const raw = await client.readManifest(repository, digest);
  if (raw === undefined) return undefined;
  const read = readManifest(raw);
  const members = read.kind === 'index' ? read.index.manifests : [];
  const found = await Promise.all(members.map((member) => client.resolve(repository, member.digest, 'push')));
  return found.includes(undefined) ? undefined : raw;
}

function notThere(repository: Repository, digest: Digest): RemoteError {
  return new RemoteError({
    code: 'copy-incomplete',
    what: `the registry took ${digest}, and does not have all of it`,
    where: repository,
    state: 'it was written without a tag',
    next: 'look at the log of the registry; one that is a copy of another may be late: run the job again',
  });
}

/** Whose failure it was must be told: one of several registries. */
function notCopied({ source, repository, digest }: ContentCopy, error: RemoteError, state: string): RemoteError {
  const { code, what, where, next, status, tries } = error;
  return new RemoteError({
    ...{ code, next, cause: error },
    what: `${source}@${digest} could not be copied to ${repository}: ${what}`,
    where: where ?? repository,
    state: `${state}, in no registry; what was copied has no name, and the next run goes on from there`,
    ...(status === undefined ? {} : { status }),
    ...(tries === undefined ? {} : { tries }),
  });
}
