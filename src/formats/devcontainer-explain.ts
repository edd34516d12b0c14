import { z } from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { HashInputs } from '../domain/devcontainer/content-hash.ts';
import { type Digest, digestOf, isDigest } from '../domain/digest.ts';
import type { Descriptor } from '../ports/content.ts';
import { mediaTypes } from './oci.ts';
import type { RecordArtifact } from './record-artifact.ts';

/** The media type of what an image was made of, as it lies beside the image. */
export const explainType = 'application/vnd.slipway.devcontainer.inputs.v1+json';

const Inputs = z.record(z.string(), z.custom<Digest>(isDigest, { error: 'not a digest' }));
const encoder = new TextEncoder();

/** Reads the inputs that stand beside an image; what somebody else wrote there says nothing. */
export function parseExplain(bytes: Uint8Array): HashInputs | undefined {
  try {
    return Inputs.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** Makes the artifact by which the inputs stay beside their image. */
export function explainArtifact(inputs: HashInputs, subject: Descriptor): RecordArtifact {
  const content = encoder.encode(canonicalJson(inputs));
  const empty = encoder.encode('{}');
  const config = { mediaType: mediaTypes.empty, digest: digestOf(empty), size: empty.length };
  const layer = { mediaType: explainType, digest: digestOf(content), size: content.length };
  const { mediaType, digest, size } = subject;
  const bytes = encoder.encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: explainType,
      config,
      layers: [layer],
      subject: { mediaType, digest, size },
    }),
  );
  return {
    manifest: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), bytes },
    blobs: [
      { descriptor: config, bytes: empty },
      { descriptor: layer, bytes: content },
    ],
  };
}
