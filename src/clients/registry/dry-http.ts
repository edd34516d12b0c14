import { digestOf } from '../../domain/digest.ts';
import { piecesOf } from '../../formats/pieces.ts';
import type { Http, HttpRequest, HttpResponse } from '../../ports/http.ts';

/** A request as it would have been sent. */
export interface DryRequest {
  readonly method: string;
  /** Host, path and query. */
  readonly at: string;
}

interface Made {
  readonly bytes: Uint8Array;
  readonly type: string;
}

const manifestPath = /^\/v2\/(.+)\/manifests\/([^/]+)$/;
const uploadPath = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/;
const blobPath = /^\/v2\/(.+)\/blobs\/([^/]+)$/;
const upload = 'dry-run';

/**
 * HTTP that reads as ever and writes nothing: what would be written is remembered, and read back from there. So a whole
 * release goes its whole way, and `onRequest` hears each request that it would make.
 */
export function dryHttp(http: Http, onRequest: (request: DryRequest) => void): Http {
  const manifests = new Map<string, Made>();
  const blobs = new Set<string>();
  return {
    async send(request) {
      const url = new URL(request.url);
      // What a sign-in takes is no request to the registry's content.
      const isContent = url.pathname.startsWith('/v2/');
      if (isContent) onRequest({ method: request.method, at: `${url.host}${url.pathname}${url.search}` });
      const [, repository = '', reference = ''] = manifestPath.exec(url.pathname) ?? [];
      const name = (one: string): string => `${url.host}/${repository}/${one}`;
      if (request.method === 'GET' || request.method === 'HEAD') {
        const made = manifests.get(name(reference));
        if (made !== undefined) return manifestAnswer(request, made);
        const [, home = '', blob = ''] = blobPath.exec(url.pathname) ?? [];
        return blobs.has(`${url.host}/${home}/${blob}`) ? answer(200) : http.send(request);
      }
      if (!isContent) return http.send(request);
      if (repository !== '' && request.method === 'PUT' && request.body instanceof Uint8Array) {
        const made = { bytes: request.body, type: request.headers?.['content-type'] ?? '' };
        const digest = digestOf(request.body);
        for (const one of [reference, digest]) manifests.set(name(one), made);
        return answer(201, { 'docker-content-digest': digest });
      }
      return uploadAnswer(request, url, blobs);
    },
  };
}

/** An upload that nobody receives. */
function uploadAnswer({ method }: HttpRequest, url: URL, blobs: Set<string>): HttpResponse {
  const [, repository = ''] = uploadPath.exec(url.pathname) ?? [];
  const digest = url.searchParams.get('digest') ?? url.searchParams.get('mount');
  if (method === 'DELETE') return answer(204);
  if (digest !== null && method !== 'PATCH') {
    blobs.add(`${url.host}/${repository}/${digest}`);
    return answer(201);
  }
  return answer(202, { location: `/v2/${repository}/blobs/uploads/${upload}` });
}

function manifestAnswer({ method }: HttpRequest, { bytes, type }: Made): HttpResponse {
  const headers = {
    'content-type': type,
    'content-length': String(bytes.length),
    'docker-content-digest': digestOf(bytes),
  };
  return answer(200, headers, method === 'HEAD' ? new Uint8Array() : bytes);
}

function answer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  bytes: Uint8Array = new Uint8Array(),
): HttpResponse {
  return {
    ...{ status, headers, refusal: '', tries: { attempts: 1, waitedMs: 0 } },
    body: piecesOf(bytes),
    bytes: async () => bytes,
  };
}
