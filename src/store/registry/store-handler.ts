import { isDigest } from '../../domain/digest.ts';
import type { ServedRequest, ServedResponse } from '../../ports/http-server.ts';
import type { Store } from '../store.ts';
import { answering, methodRefusal, type RegistryOptions, refusal } from './answers.ts';
import { serveBlob, serveManifest } from './content.ts';
import { ping } from './handler.ts';
import { routeOf } from './route.ts';

/** Serves one store as one repository, by digest only and never to be written: what a test pulls is what was built. */
export function storeHandler(
  store: Store,
  repositoryPath: string,
  options: RegistryOptions = {},
): (request: ServedRequest) => Promise<ServedResponse> {
  return answering(async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return methodRefusal('GET', 'HEAD');
    const route = routeOf(request.path);
    if (route?.kind === 'ping') return ping(request);
    if (route?.kind !== 'blob' && route?.kind !== 'manifest') {
      return refusal(404, 'UNSUPPORTED', 'here are manifests and blobs by digest, and nothing else');
    }
    if (route.name !== repositoryPath) return refusal(404, 'NAME_UNKNOWN', 'there is no such repository');
    if (route.kind === 'blob') {
      if (isDigest(route.digest)) return serveBlob(store, route.digest, request);
      return refusal(400, 'DIGEST_INVALID', 'a blob has a sha256 or sha512 digest');
    }
    const raw = isDigest(route.reference) ? await store.readManifest(route.reference) : undefined;
    if (raw !== undefined) return serveManifest(raw);
    return refusal(404, 'MANIFEST_UNKNOWN', 'manifests are here by digest, and this one is not');
  }, options);
}
