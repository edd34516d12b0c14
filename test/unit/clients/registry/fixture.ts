import { createRegistryClient, type RegistryOptions } from '../../../../src/clients/registry/client.ts';
import { type Digest, digestOf } from '../../../../src/domain/digest.ts';
import { RemoteError, type SlipwayError } from '../../../../src/domain/errors.ts';
import { parseRepository, parseTag, type Repository } from '../../../../src/domain/image-ref.ts';
import type { Descriptor, RawManifest } from '../../../../src/ports/content.ts';
import { FakeHttp } from '../../../support/fake-http.ts';

export const repository: Repository = parseRepository('registry.example/acme/app', 'test');
export const base = 'https://registry.example/v2/acme/app';
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
export const latest = parseTag('latest', 'test');

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function descriptorOf(text: string): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(text), size: bytesOf(text).length };
}

export async function* streamOf(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield bytesOf(text);
}

export async function textOf(content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (content === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A manifest in bytes that no serialiser would make. */
export function manifestOf(name: string, subject?: Digest): RawManifest {
  const config = { mediaType: `application/vnd.${name}.config`, digest: digestOf(name), size: name.length };
  const target = subject === undefined ? {} : { subject: { mediaType: manifestType, digest: subject, size: 7 } };
  const document = { schemaVersion: 2, mediaType: manifestType, config, layers: [], ...target, annotations: { name } };
  const bytes = bytesOf(`${JSON.stringify(document, undefined, 3)}\n `);
  return { mediaType: manifestType, digest: digestOf(bytes), bytes };
}

/** A client over a fake, with a clock that moves only when told to. */
export function clientWith(http: FakeHttp = new FakeHttp(), options: RegistryOptions = {}) {
  const clock = {
    nowMs: 1_000_000,
    sleeps: 0,
    now: () => new Date(clock.nowMs),
    sleep: async () => {
      clock.sleeps += 1;
    },
  };
  const random = { hex: (digits: number) => '5'.repeat(digits) };
  return { http, clock, client: createRegistryClient({ http, clock, random }, options) };
}

/** The error that a promise ends with; an error of ours, or the test fails. */
export async function failure(
  promise: Promise<unknown>,
): Promise<SlipwayError & { readonly status?: number | undefined }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
