import type { DockerfileText } from '../formats/dockerfile-steps.ts';
import { readManifest } from '../formats/manifest.ts';
import { bytesOf } from '../formats/pieces.ts';
import { dockerfileIn, statementType } from '../formats/provenance.ts';
import type { ContentSource } from '../ports/content.ts';
import type { ImageContent, PlatformContent } from './image-content.ts';

const maxStatementBytes = 16 * 1024 * 1024;

/** The Dockerfile of a platform, from the provenance that BuildKit put beside it; nothing where that does not say it. */
export async function provenDockerfile(
  source: ContentSource,
  { attestations }: ImageContent,
  { digest }: Pick<PlatformContent, 'digest'>,
): Promise<DockerfileText | undefined> {
  for (const attestation of attestations) {
    if (attestation.subject !== digest) continue;
    const raw = await source.readManifest(attestation.digest);
    const read = raw === undefined ? undefined : readManifest(raw);
    for (const layer of read?.kind === 'manifest' ? read.manifest.layers : []) {
      if (!layer.mediaType.startsWith(statementType) || layer.size > maxStatementBytes) continue;
      const content = await source.readBlob(layer);
      const bytes = content === undefined ? undefined : await bytesOf(content, layer.size);
      const found = bytes === undefined ? undefined : dockerfileIn(new TextDecoder().decode(bytes));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
