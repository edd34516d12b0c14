import { acceptedManifests } from '../../../src/formats/oci.ts';
import { bodyOf, collected } from './reply.ts';
import type { RoutedRequest } from './routed-request.ts';
import type { Upstream } from './upstream.ts';

interface Written {
  readonly before: string | undefined;
  reads: number;
}

/** What tags named before they were written through the proxy, and how often they were read since. */
export class TagHistory {
  readonly #upstream: Upstream;
  readonly #written = new Map<string, Written>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Asks for the present value; the function that is returned tells that the write succeeded. */
  async beforeWrite({ repository, reference, path }: RoutedRequest, signal: AbortSignal): Promise<() => void> {
    const { status, headers, body } = await this.#upstream.ask({
      method: 'HEAD',
      path,
      headers: { host: 'fault-proxy.invalid', accept: acceptedManifests.join(', ') },
      body: bodyOf(new Uint8Array()),
      signal,
    });
    await collected(body);
    const before = status === 200 ? `${headers['docker-content-digest']}` : undefined;
    return () => this.#written.set(`${repository}:${reference}`, { before, reads: 0 });
  }

  /** The path of what the tag named before; `undefined` where it was not written here, `null` where it was new. */
  staleTarget({ repository, reference }: RoutedRequest): string | null | undefined {
    const written = this.#written.get(`${repository}:${reference}`);
    if (written === undefined) return undefined;
    return written.before === undefined ? null : `/v2/${repository}/manifests/${written.before}`;
  }

  /** Counts a read; tells whether it is one of the first so many after a write. */
  isHidden({ repository, reference }: RoutedRequest, reads: number): boolean {
    const written = this.#written.get(`${repository}:${reference}`);
    if (written === undefined) return false;
    written.reads += 1;
    return written.reads <= reads;
  }
}
