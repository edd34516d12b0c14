import { z } from 'zod';
import type { LoggedRequest } from '../../../test/support/fault-proxy/request-log.ts';

/** What was sent to a registry: images, and what is said about them. */
export interface Sent {
  readonly images: number;
  /** Provenance and records, with the lists that lead to them. */
  readonly proof: number;
}

const Content = z.object({ digest: z.string(), mediaType: z.string() });
const Manifest = z.object({
  artifactType: z.string().optional(),
  config: Content.optional(),
  layers: z.array(Content).default([]),
});
const accept = ['manifest.v1', 'index.v1'].map((kind) => `application/vnd.oci.image.${kind}+json`).join(', ');

/** Tells apart what requests have sent, by what the registry that got it says of it. */
export async function sentIn(requests: readonly LoggedRequest[], registry: string): Promise<Sent> {
  const proofs = new Set<string>();
  for (const { kind, method, repository, reference } of requests) {
    if (method !== 'PUT' || !kind.startsWith('manifest-')) continue;
    if (reference.startsWith('sha256-')) proofs.add(`${repository} ${reference}`);
    const answer = await fetch(`http://${registry}/v2/${repository}/manifests/${reference}`, { headers: { accept } });
    const { artifactType, config, layers } = Manifest.parse(await answer.json());
    if (artifactType === undefined && !layers.some(({ mediaType }) => mediaType.includes('in-toto'))) continue;
    for (const digest of [reference, config?.digest, ...layers.map((layer) => layer.digest)]) {
      proofs.add(`${repository} ${digest}`);
    }
  }
  const sent = { images: 0, proof: 0 };
  for (const { repository, reference, requestBytes } of requests) {
    sent[proofs.has(`${repository} ${reference}`) ? 'proof' : 'images'] += requestBytes;
  }
  return sent;
}
