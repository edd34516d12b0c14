import type { ServedRequest, ServedResponse } from '../../../src/ports/http-server.ts';
import type { MadeBlob, MadeImage } from '../../support/made-image.ts';
import { collect } from './store-ports.ts';

export type Handler = (request: ServedRequest) => Promise<ServedResponse>;

/** What came back, its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** The code of the first error in the body. */
  readonly code: string | undefined;
}

/** Sends one request straight to a handler: `GET /v2/app/tags/list?n=1`. */
export async function ask(
  handle: Handler,
  line: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<Answer> {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', query] = url.split('?');
  const content = async function* () {
    const bytes = Buffer.from(body ?? '');
    yield bytes.subarray(0, 3);
    yield bytes.subarray(3);
  };
  const response = await handle({ method, path, query: new URLSearchParams(query), headers, body: content() });
  const bytes = response.body === undefined ? Buffer.alloc(0) : await collect(response.body);
  return { status: response.status, headers: response.headers ?? {}, bytes, code: codeIn(bytes) };
}

function codeIn(bytes: Buffer): string | undefined {
  if (!bytes.toString().startsWith('{"errors"')) return undefined;
  const document = JSON.parse(bytes.toString()) as { errors: { code: string; message: string }[] };
  return document.errors[0]?.code;
}

export function pushBlob(handle: Handler, name: string, { descriptor, bytes }: MadeBlob): Promise<Answer> {
  return ask(handle, `POST /v2/${name}/blobs/uploads/?digest=${descriptor.digest}`, { body: bytes });
}

export function putManifest(
  handle: Handler,
  name: string,
  { manifest }: MadeImage,
  reference: string = manifest.digest,
): Promise<Answer> {
  const headers = { 'content-type': manifest.mediaType };
  return ask(handle, `PUT /v2/${name}/manifests/${reference}`, { headers, body: manifest.bytes });
}

/** Pushes an image with all that it refers to. */
export async function push(handle: Handler, name: string, made: MadeImage, reference?: string): Promise<Answer> {
  for (const child of made.children) await push(handle, name, child);
  for (const blob of made.blobs) await pushBlob(handle, name, blob);
  return putManifest(handle, name, made, reference);
}
