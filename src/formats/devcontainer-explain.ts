import { z } from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { HashInputs } from '../domain/devcontainer/content-hash.ts';
import { type Digest, isDigest } from '../domain/digest.ts';
import type { Descriptor } from '../ports/content.ts';
import { documentArtifact, type RecordArtifact } from './record-artifact.ts';

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
  return documentArtifact(encoder.encode(canonicalJson(inputs)), explainType, subject);
}
