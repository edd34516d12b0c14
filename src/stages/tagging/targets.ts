import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { Plan } from '../../domain/plan.ts';
import { platformOf } from '../../domain/platform.ts';
import type { TagRequest } from '../../domain/tag-move.ts';
import { readManifest } from '../../formats/manifest.ts';
import { isAttestation, isIndexType, type OciDescriptor } from '../../formats/oci.ts';
import type { ReleaseFacts } from './facts.ts';
import type { Problem } from './refusal.ts';
import type { ManifestShelf } from './shelf.ts';

/** What is looked at before the first write. */
export interface PreflightCheck {
  readonly registry: RegistryClient;
  readonly shelf: ManifestShelf;
  readonly facts: ReleaseFacts;
  readonly plan: Pick<Plan, 'event' | 'commit' | 'images'> | undefined;
}

/** What one look has found. */
export interface Found {
  readonly problem?: Problem | undefined;
  readonly note?: string | undefined;
}

/** A further registry gets its content only after all of this. */
function homeOf({ repository, source }: TagRequest): Repository {
  return source ?? repository;
}

/** The name of what a tag is to name. */
export function targetOf(request: TagRequest): string {
  return `${homeOf(request)}@${request.target}`;
}

/** Looks whether a manifest is there with all that it lists. */
export async function targetFound(check: PreflightCheck, request: TagRequest): Promise<Found> {
  const { registry, shelf } = check;
  const { target } = request;
  const repository = homeOf(request);
  const next = 'a registry that collects what no tag names may have removed it: run again, it is built or staged anew';
  return orRemote(next, async () => {
    const raw = await shelf.read(registry, repository, target);
    if (raw === undefined) {
      return { problem: { code: 'digest-absent', what: `${repository} has no ${target}`, next } };
    }
    const read = readManifest(raw);
    if (read.kind !== 'index') return {};
    const why = await whyIncomplete(check, request, read.index.manifests);
    if (why === undefined) return {};
    return { problem: { code: 'platforms-incomplete', what: `${repository}@${target} ${why}`, next } };
  });
}

async function whyIncomplete(
  { registry, shelf, plan }: PreflightCheck,
  request: TagRequest,
  members: readonly OciDescriptor[],
): Promise<string | undefined> {
  const { key } = request;
  const repository = homeOf(request);
  const wanted = plan?.images.find((image) => image.key === key)?.platforms ?? [];
  const listed = members.flatMap((one) => {
    return one.platform === undefined || isAttestation(one) ? [] : [platformOf(one.platform)];
  });
  const isFlat = members.every(({ mediaType }) => !isIndexType(mediaType));
  const lacking = isFlat ? wanted.filter((platform) => !listed.includes(platform)) : [];
  if (lacking.length > 0) return `lacks ${lacking.join(', ')}`;
  const looked = await Promise.all(
    members.map(async ({ digest }, index) => {
      // One is read, and not only asked for: it says of a blob that is there.
      const isThere = index === 0 ? shelf.read(registry, repository, digest) : registry.resolve(repository, digest);
      return (await isThere) === undefined ? [digest] : [];
    }),
  );
  const gone = looked.flat();
  return gone.length === 0 ? undefined : `lists what is not there: ${gone.join(', ')}`;
}

/** A blob that a repository has by what was read of it; nothing where the content has yet to be brought there. */
export function heldBlob({ shelf }: PreflightCheck, { repository, source, target }: TagRequest): Digest | undefined {
  if (source !== undefined && source !== repository) return undefined;
  const raw = shelf.find(repository, target);
  try {
    const read = raw && readManifest(raw);
    if (read?.kind === 'manifest') return read.manifest.config.digest;
    const [first] = read?.index.manifests ?? [];
    const member = first && shelf.find(repository, first.digest);
    const inner = member && readManifest(member);
    return inner?.kind === 'manifest' ? inner.manifest.config.digest : undefined;
  } catch (error) {
    // What is wrong with a manifest is not said here.
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}

/** A registry that fails or denies is a finding as well. */
export async function orRemote(next: string, look: () => Promise<Found>): Promise<Found> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { problem: { code: error.code, what: error.what, next: error.next || next, isRemote: true } };
  }
}
