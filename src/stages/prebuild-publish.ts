import { attachExplain } from '../clients/devcontainer-explain.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { PublishedName } from '../domain/devcontainer/image-input.ts';
import type { PrebuildOrigin } from '../domain/devcontainer/origin.ts';
import type { PrebuildPlan } from '../domain/devcontainer/prebuild-plan.ts';
import type { PushReason } from '../domain/devcontainer/push-decision.ts';
import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { Repository, Tag } from '../domain/image-ref.ts';
import type { RawManifest } from '../ports/content.ts';
import { copyContent } from '../store/copy.ts';
import type { Store } from '../store/store.ts';

/** What was published, and why no more. */
export interface Published {
  /** What the tag of the content names now. */
  readonly digest: Digest;
  /** Layers and other blobs that were uploaded. */
  readonly uploaded: number;
  readonly pushed: boolean;
  readonly floatingMoved: boolean;
  readonly reason: PushReason;
}

/** Publishes what was built, under the tag of its content, and moves the floating tag if it names another image. */
export async function publish(
  { registry }: { readonly registry: RegistryClient },
  name: PublishedName,
  work: {
    readonly plan: PrebuildPlan;
    readonly digest: Digest;
    readonly store: Store | undefined;
    /** What its bases were, and when it was built. */
    readonly origin: Omit<PrebuildOrigin, 'inputs'>;
  },
): Promise<Published> {
  const { plan, store } = work;
  const { push, tag, decision } = plan;
  if (!push.push) return { ...none, digest: work.digest, reason: push.reason };
  const isRefresh = decision.kind === 'build' && decision.why === 'refresh';
  const standing = isRefresh ? undefined : await registry.resolve(name.repository, tag, 'push');
  // Another run may have been quicker with the same content: one of the two is enough.
  const digest = standing?.digest ?? work.digest;
  let uploaded = 0;
  if (standing === undefined && store !== undefined) {
    uploaded = (await copyContent(store, repositoryContent(registry, name.repository), { digest })).blobs;
    const manifest = await required(store, digest);
    const { mediaType, bytes } = manifest;
    const origin = { ...work.origin, inputs: plan.inputs };
    await attachExplain(registry, name.repository, origin, { mediaType, digest, size: bytes.length });
    await moveTag(registry, name.repository, { tag, manifest });
  }
  const pushed = standing === undefined && store !== undefined;
  const floatingMoved = push.moveFloating && (await moveFloating(registry, name, digest));
  const reason = pushed ? push.reason : floatingMoved ? 'retagged' : 'exists';
  return { digest, uploaded, pushed, floatingMoved, reason };
}

const none = { uploaded: 0, pushed: false, floatingMoved: false };

async function moveFloating(registry: RegistryClient, name: PublishedName, digest: Digest): Promise<boolean> {
  const { repository, floating } = name;
  const before = await registry.resolve(repository, floating, 'push');
  if (before?.digest === digest) return false;
  const manifest = await registry.readManifest(repository, digest);
  if (manifest === undefined) throw gone(repository, digest);
  await moveTag(registry, repository, { tag: floating, manifest, previous: before?.digest });
  return true;
}

async function moveTag(
  registry: RegistryClient,
  repository: Repository,
  write: { readonly tag: Tag; readonly manifest: RawManifest; readonly previous?: Digest | undefined },
): Promise<void> {
  const { tag, manifest, previous } = write;
  const written = await registry.writeTag(repository, { tag, manifest, previous });
  if (written.digest === manifest.digest) return;
  if (written.refused !== undefined) throw written.refused;
  throw new RemoteError({
    code: 'devcontainer-tag-lost',
    what: `the tag ${tag} names ${written.digest ?? 'nothing'} and not ${manifest.digest}, which was just written`,
    where: repository,
    state: 'the image is there by digest',
    next: 'another run writes the same tag: run again when it is over',
  });
}

async function required(store: Store, digest: Digest): Promise<RawManifest> {
  const raw = await store.readManifest(digest);
  if (raw === undefined) throw new Error(`${digest} was in ${store.name} a moment ago`);
  return raw;
}

function gone(repository: Repository, digest: Digest): RemoteError {
  return new RemoteError({
    code: 'image-absent',
    what: `${digest} is not there any more`,
    where: repository,
    state: 'no tag was written',
    next: 'run again: the image is built anew then',
  });
}
