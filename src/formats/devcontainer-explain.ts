import { canonicalJson } from '../domain/canonical-json.ts';
import { PrebuildOrigin } from '../domain/devcontainer/origin.ts';
import type { Descriptor } from '../ports/content.ts';
import { documentArtifact, type RecordArtifact } from './record-artifact.ts';

/** The media type of what an image was made of, as it lies beside the image. */
export const explainType = 'application/vnd.slipway.devcontainer.inputs.v1+json';

const encoder = new TextEncoder();

/** Reads what stands beside an image about its making; what somebody else wrote there says nothing. */
export function parseExplain(bytes: Uint8Array): PrebuildOrigin | undefined {
  try {
    return PrebuildOrigin.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** Makes the artifact by which the origin stays beside its image. */
export function explainArtifact(origin: PrebuildOrigin, subject: Descriptor): RecordArtifact {
  return documentArtifact(encoder.encode(canonicalJson(origin)), explainType, subject);
}
