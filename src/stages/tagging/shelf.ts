import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import type { RawManifest } from '../../ports/content.ts';

/** The manifests that a release writes, and those that it may have to put back: read once, and kept to its end. */
export class ManifestShelf {
  readonly #kept = new Map<string, RawManifest>();

  /** The manifest of a digest, if it was read before. */
  find(repository: Repository, digest: Digest): RawManifest | undefined {
    return this.#kept.get(`${repository}@${digest}`);
  }

  keep(repository: Repository, manifest: RawManifest): void {
    this.#kept.set(`${repository}@${manifest.digest}`, manifest);
  }

  /** What a digest or a tag names; a tag is asked anew each time. */
  async read(
    registry: RegistryClient,
    repository: Repository,
    reference: Tag | Digest,
  ): Promise<RawManifest | undefined> {
    const kept = this.#kept.get(`${repository}@${reference}`);
    if (kept !== undefined) return kept;
    const manifest = await registry.readManifest(repository, reference);
    if (manifest !== undefined) this.keep(repository, manifest);
    return manifest;
  }
}
