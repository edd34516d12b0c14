import { isDigest } from '../../domain/digest.ts';
import type { ServedRequest, ServedResponse } from '../../ports/http-server.ts';
import type { RegistryFolder } from '../repositories.ts';
import type { RepositoryFolder } from '../repository.ts';
import { empty, methodRefusal, refusal } from './answers.ts';

/** Answers the start of an upload: a mount, a whole blob at once, or a place to send it to. */
export async function serveUploads(
  folder: RegistryFolder,
  name: string,
  request: ServedRequest,
): Promise<ServedResponse> {
  if (request.method !== 'POST') return methodRefusal('POST');
  const repository = await folder.makeRepository(name);
  const mounted = await mount(folder, repository, request.query);
  if (mounted !== undefined) return mounted;
  const id = await repository.uploads.start();
  if (request.query.has('digest')) return finish(repository, id, request);
  return progress(202, repository, id, 0);
}

/** Answers what comes to an upload that was started. */
export async function serveUpload(
  folder: RegistryFolder,
  { name, id }: { readonly name: string; readonly id: string },
  request: ServedRequest,
): Promise<ServedResponse> {
  const repository = await folder.repository(name);
  const size = await repository?.uploads.size(id);
  if (repository === undefined || size === undefined) {
    return refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  }
  switch (request.method) {
    case 'GET':
      return progress(204, repository, id, size);
    case 'PATCH':
      return (
        (await receive(repository, id, request)) ?? progress(202, repository, id, await repository.uploads.size(id))
      );
    case 'PUT':
      return finish(repository, id, request);
    case 'DELETE':
      await repository.uploads.cancel(id);
      return empty(204);
    default:
      return methodRefusal('GET', 'PATCH', 'PUT', 'DELETE');
  }
}

async function mount(
  folder: RegistryFolder,
  repository: RepositoryFolder,
  query: URLSearchParams,
): Promise<ServedResponse | undefined> {
  const digest = query.get('mount');
  const from = query.get('from');
  if (!isDigest(digest) || from === null) return undefined;
  if ((await (await folder.repository(from))?.blobSize(digest)) === undefined) return undefined;
  await repository.addBlob(digest);
  return created(repository, digest);
}

/** Takes the body; an answer comes back only when it was refused. */
async function receive(
  { name, uploads }: RepositoryFolder,
  id: string,
  { headers, body }: ServedRequest,
): Promise<ServedResponse | undefined> {
  const size = (await uploads.size(id)) ?? 0;
  const chunk = headers['content-range'];
  if (chunk !== undefined) {
    const [, start = '', last = ''] = /^(?:bytes )?(\d+)-(\d+)(?:\/.*)?$/.exec(chunk) ?? [];
    if (start === '' || Number(start) !== size || Number(last) < size) {
      return refusal(416, 'RANGE_INVALID', `the next chunk begins at ${size}`, place(name, id, size));
    }
    const length = headers['content-length'];
    if (length !== undefined && Number(length) !== Number(last) - size + 1) {
      return refusal(400, 'SIZE_INVALID', 'Content-Length and Content-Range differ', place(name, id, size));
    }
  }
  if ((await uploads.append(id, body)) !== undefined) return undefined;
  return refusal(416, 'BLOB_UPLOAD_INVALID', 'another request is sending to this upload', place(name, id, size));
}

async function finish(repository: RepositoryFolder, id: string, request: ServedRequest): Promise<ServedResponse> {
  const digest = request.query.get('digest');
  if (!isDigest(digest)) return refusal(400, 'DIGEST_INVALID', 'the query names no sha256 or sha512 digest');
  const refused = await receive(repository, id, request);
  if (refused !== undefined) return refused;
  if (!(await repository.uploads.finish(id, digest))) {
    return refusal(400, 'DIGEST_INVALID', `what was sent does not hash to ${digest}`);
  }
  await repository.addBlob(digest);
  return created(repository, digest);
}

function created({ name }: RepositoryFolder, digest: string): ServedResponse {
  return empty(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
}

function progress(status: number, { name }: RepositoryFolder, id: string, size: number | undefined): ServedResponse {
  return empty(status, place(name, id, size ?? 0));
}

/** Where an upload goes on; clients read `0-0` as nothing so far. */
function place(name: string, id: string, size: number): Record<string, string> {
  return {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  };
}
