import type { RegistryClient } from '../../clients/registry/client.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository } from '../../domain/image-ref.ts';
import { maxDocumentBytes, readJson } from '../../formats/json.ts';
import { readManifest } from '../../formats/manifest.ts';
import { isAttestation, isImageConfigType, OciConfig, type OciManifest } from '../../formats/oci.ts';
import { bytesOf } from '../../formats/pieces.ts';
import type { RawManifest } from '../../ports/content.ts';

/** What an image says of itself. */
export interface SaidOfImage {
  readonly version: string | undefined;
  readonly revision: string | undefined;
}

const prefix = 'org.opencontainers.image.';
/** What says something about the image, and nothing about the way to it. */
const damages = new Set(['manifest-invalid', 'config-invalid', 'content-damaged', 'content-missing']);

/** The version and the commit in the labels of an image, for an index in those of its first platform or in its annotations. */
export async function saidOf(registry: RegistryClient, repository: Repository, raw: RawManifest): Promise<SaidOfImage> {
  try {
    const read = readManifest(raw);
    if (read.kind === 'manifest') return said(await labelsOf(registry, repository, read.manifest), {});
    const { annotations = {}, manifests } = read.index;
    const first = manifests.find((member) => !isAttestation(member));
    const member = first === undefined ? undefined : await registry.readManifest(repository, first.digest);
    const inner = member === undefined ? undefined : readManifest(member);
    return said(inner?.kind === 'manifest' ? await labelsOf(registry, repository, inner.manifest) : {}, annotations);
  } catch (error) {
    // An image that is broken says nothing; what it is replaced by is whole.
    if (error instanceof RemoteError && damages.has(error.code)) return { version: undefined, revision: undefined };
    throw error;
  }
}

type Texts = Readonly<Record<string, unknown>>;

function said(labels: Texts, annotations: Texts): SaidOfImage {
  const text = (name: string): string | undefined => {
    const value = labels[prefix + name] ?? annotations[prefix + name];
    return typeof value === 'string' && value !== '' ? value.slice(0, 256) : undefined;
  };
  return { version: text('version'), revision: text('revision') };
}

async function labelsOf(registry: RegistryClient, repository: Repository, { config }: OciManifest): Promise<Texts> {
  if (!isImageConfigType(config.mediaType) || config.size > maxDocumentBytes) return {};
  const content = await registry.readBlob(repository, config);
  const bytes = content === undefined ? undefined : await bytesOf(content, config.size);
  if (bytes === undefined) return {};
  const about = { code: 'config-invalid', what: 'the config of the image', where: config.digest };
  const labels = readJson(bytes, OciConfig, { ...about, next: 'build the image again' }).config?.Labels;
  return typeof labels === 'object' && labels !== null ? { ...labels } : {};
}
