import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { readManifest } from '../../formats/manifest.ts';
import { isAttestation, type OciDescriptor } from '../../formats/oci.ts';
import type { ContentSource } from '../../ports/content.ts';

/** A member as an index names it: by its platform, where it has one. */
export function nameOfMember({ platform, digest }: OciDescriptor): string {
  if (platform === undefined) return digest;
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined).join('/');
}

/** Says of a copy that found something missing which platforms the place lacks, if it is that. */
export async function whyMissing(source: ContentSource, root: Digest, error: unknown): Promise<unknown> {
  if (!(error instanceof RemoteError) || error.code !== 'content-missing') return error;
  const raw = await source.readManifest(root);
  const read = raw === undefined ? undefined : readManifest(raw);
  if (read?.kind !== 'index') return error;
  const here: OciDescriptor[] = [];
  const missing: OciDescriptor[] = [];
  for (const member of read.index.manifests) {
    const isHere = (await source.readManifest(member.digest)) !== undefined;
    (isHere ? here : missing).push(member);
  }
  if (missing.length === 0) return error;
  const images = here.filter((member) => !isAttestation(member));
  const choices = images.map((member) => `--image ${member.digest} (${nameOfMember(member)})`);
  return new RemoteError({
    code: 'image-incomplete',
    what: `the image is there in part only: it lacks ${missing.map(nameOfMember).join(', ')}`,
    where: source.name,
    state: 'the image was not copied',
    next: `copy it from where it is whole${choices.length === 0 ? '' : `, or one platform of it: ${choices.join(' or ')}`}`,
    cause: error,
  });
}
