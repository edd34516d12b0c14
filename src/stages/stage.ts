import { attachRecord } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { Repository, Tag } from '../domain/image-ref.ts';
import { isInParts } from '../domain/parts.ts';
import { imageOf, type Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import { homeOf, memberTag, stageTag } from '../domain/staging.ts';
import { readManifest } from '../formats/manifest.ts';
import { recordArtifact, recordBytes } from '../formats/record-artifact.ts';
import type { ContentSource, Descriptor, RawManifest } from '../ports/content.ts';
import { copyContent } from '../store/copy.ts';

/** Where an image is staged, and what holds it there. */
export interface StagePlace {
  readonly repository: Repository;
  /** With it every manifest of the image gets a tag; without it, none does. */
  readonly hold?: { readonly run: string; readonly key: string; readonly isPart: boolean } | undefined;
}

/** Where a plan wants an image to be staged. */
export function placeOf(plan: Plan, key: string): StagePlace {
  const repository = homeOf(imageOf(plan, key));
  const isHeld = plan.staging === 'tag' || plan.staging === 'repository';
  return { repository, hold: isHeld ? { run: plan.run.id, key, isPart: isInParts(plan, key) } : undefined };
}

/** Uploads a proven image by digest, with its record beside it and without any tag of a release. */
export async function stage(
  ports: { readonly registry: RegistryClient },
  inputs: {
    readonly store: ContentSource;
    readonly record: ImageRecord;
    /** By default where the record says that it will be published, by digest alone. */
    readonly place?: StagePlace | undefined;
    /** Hears how many bytes are on their way to the registry. */
    readonly onProgress?: (bytes: number) => void;
  },
): Promise<{ readonly record: Digest; readonly blobs: number; readonly bytes: number }> {
  const { store, record, onProgress } = inputs;
  const place = inputs.place ?? { repository: record.repository };
  const sent = new Map<Digest, number>();
  const target = repositoryContent(ports.registry, place.repository, {
    // What lies where it was published before need not be sent again.
    ...(place.repository === record.repository ? {} : { mountFrom: [record.repository] }),
    onProgress({ digest, bytes }) {
      sent.set(digest, bytes);
      onProgress?.([...sent.values()].reduce((sum, one) => sum + one, 0));
    },
  });
  const written = await copyContent(store, target, record);
  // The platforms too: the index may be assembled elsewhere, and a platform may be all that somebody keeps.
  const digests = new Set([record.digest, ...record.platforms.map(({ digest }) => digest)]);
  const subjects = await Promise.all([...digests].map((digest) => descriptorOf(store, digest)));
  await attachRecord(ports.registry, place.repository, record, subjects);
  await hold(ports.registry, place, [
    ...(await treeOf(store, record.digest)),
    ...subjects.map((subject) => recordArtifact(record, subject).manifest),
  ]);
  return { record: recordBytes(record).digest, blobs: written.blobs, bytes: written.bytes };
}

/**
 * Gives tags to manifests that no release names yet. To each of them: registries and clean-ups that remove what has no tag do so, too,
 * with what an index lists, and with what is attached.
 */
async function hold(
  registry: RegistryClient,
  { repository, hold: held }: StagePlace,
  [root, ...others]: readonly RawManifest[],
): Promise<void> {
  if (held === undefined || root === undefined) return;
  const { run, key, isPart } = held;
  const tags = others.map((manifest) => ({ tag: memberTag(run, key, manifest.digest), manifest }));
  const own = isPart ? memberTag(run, key, root.digest) : stageTag(run, key);
  for (const one of [{ tag: own, manifest: root }, ...tags]) await writeHeld(registry, repository, one);
}

async function writeHeld(
  registry: RegistryClient,
  repository: Repository,
  { tag, manifest }: { readonly tag: Tag; readonly manifest: RawManifest },
): Promise<void> {
  const { digest, refused } = await registry.writeTag(repository, { tag, manifest, previous: undefined });
  if (digest === manifest.digest) return;
  throw (
    refused ??
    new RemoteError({
      code: 'stage-tag-lost',
      what: `the tag ${tag} names ${digest ?? 'nothing'} and not ${manifest.digest}, which was written`,
      where: repository,
      state: 'the image is there; nothing was released',
      next: 'run the job again; tags slipway-stage-… are written by nobody else',
    })
  );
}

/** A manifest and all that it lists. */
async function treeOf(store: ContentSource, digest: Digest): Promise<readonly RawManifest[]> {
  const raw = await requireRaw(store, digest);
  const read = readManifest(raw);
  if (read.kind !== 'index') return [raw];
  const members = await Promise.all(read.index.manifests.map((member) => treeOf(store, member.digest)));
  return [raw, ...new Map(members.flat().map((one) => [one.digest, one])).values()];
}

async function descriptorOf(store: ContentSource, digest: Digest): Promise<Descriptor> {
  const raw = await requireRaw(store, digest);
  return { mediaType: raw.mediaType, digest, size: raw.bytes.length };
}

async function requireRaw(store: ContentSource, digest: Digest): Promise<RawManifest> {
  const raw = await store.readManifest(digest);
  if (raw === undefined) throw new Error(`${digest} was in ${store.name} a moment ago`);
  return raw;
}
