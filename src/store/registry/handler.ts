import { isDigest } from '../../domain/digest.ts';
import { isRepositoryPath } from '../../domain/image-ref.ts';
import type { ServedRequest, ServedResponse } from '../../ports/http-server.ts';
import type { RegistryFolder } from '../repositories.ts';
import type { RepositoryFolder } from '../repository.ts';
import { answering, document, empty, methodRefusal, type RegistryOptions, refusal } from './answers.ts';
import { serveBlob } from './content.ts';
import { listReferrersOf, listTags } from './listings.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { type Route, routeOf } from './route.ts';
import { serveUpload, serveUploads } from './uploads.ts';

/** Serves a registry's folder by the OCI distribution specification 1.1. */
export function registryHandler(
  folder: RegistryFolder,
  options: RegistryOptions = {},
): (request: ServedRequest) => Promise<ServedResponse> {
  return answering(async (request) => {
    const route = routeOf(request.path);
    if (route === undefined) return refusal(404, 'UNSUPPORTED', 'there is nothing at this path');
    if (route.kind === 'ping') return ping(request);
    if (!isRepositoryPath(route.name)) return refusal(400, 'NAME_INVALID', 'this can be the name of no repository');
    if (route.kind === 'uploads') return serveUploads(folder, route.name, request);
    if (route.kind === 'upload') return serveUpload(folder, route, request);
    if (route.kind === 'manifest' && request.method === 'PUT') {
      return putManifest(await folder.makeRepository(route.name), route.reference, request);
    }
    return serveRepository(await folder.repository(route.name), route, request);
  }, options);
}

/** Answers the question whether this is a registry. */
export function ping({ method }: ServedRequest): ServedResponse {
  if (method !== 'GET' && method !== 'HEAD') return methodRefusal('GET', 'HEAD');
  return document(200, '{}', { 'docker-distribution-api-version': 'registry/2.0' });
}

type RepositoryRoute = Exclude<Route, { kind: 'ping' | 'uploads' | 'upload' }>;

/** Answers what makes no repository where there is none. */
async function serveRepository(
  repository: RepositoryFolder | undefined,
  route: RepositoryRoute,
  request: ServedRequest,
): Promise<ServedResponse> {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const isDelete = request.method === 'DELETE' && (route.kind === 'blob' || route.kind === 'manifest');
  if (!isRead && !isDelete) return methodRefusal(...methodsOf(route));
  if (route.kind === 'referrers') return listReferrersOf(repository, route.digest, request.query);
  if (repository === undefined) return refusal(404, 'NAME_UNKNOWN', `there is no repository ${route.name}`);
  if (route.kind === 'tags') return listTags(repository, request.query);
  if (route.kind === 'manifest') {
    return isRead ? getManifest(repository, route.reference) : deleteManifest(repository, route.reference);
  }
  if (!isDigest(route.digest)) return refusal(400, 'DIGEST_INVALID', 'a blob has a sha256 or sha512 digest');
  if (isRead) return serveBlob(repository, route.digest, request);
  return (await repository.removeBlob(route.digest))
    ? empty(202)
    : refusal(404, 'BLOB_UNKNOWN', 'there is no such blob');
}

function methodsOf(route: RepositoryRoute): readonly string[] {
  if (route.kind === 'manifest') return ['GET', 'HEAD', 'PUT', 'DELETE'];
  return route.kind === 'blob' ? ['GET', 'HEAD', 'DELETE'] : ['GET', 'HEAD'];
}
