import type { Digest } from '../../domain/digest.ts';
import { heldBack } from '../../formats/pieces.ts';
import type { ContentSource, RawManifest } from '../../ports/content.ts';
import type { ServedRequest, ServedResponse } from '../../ports/http-server.ts';
import { document, refusal } from './answers.ts';

/** A place whose content can be served. */
export type ServedContent = ContentSource & {
  blobSize(digest: Digest): Promise<number | undefined>;
};

/** Answers GET and HEAD of a blob. */
export async function serveBlob(
  content: ServedContent,
  digest: Digest,
  request: ServedRequest,
): Promise<ServedResponse> {
  const size = await content.blobSize(digest);
  if (size === undefined) return refusal(404, 'BLOB_UNKNOWN', `the blob ${digest} is not here`);
  const range = rangeOf(request.headers.range, size);
  if (range === undefined) {
    return refusal(416, 'RANGE_INVALID', `the blob has ${size} bytes`, { 'content-range': `bytes */${size}` });
  }
  const { start, last } = range;
  const headers = {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'content-length': `${last - start + 1}`,
    'docker-content-digest': digest,
    ...(range.isPart ? { 'content-range': `bytes ${start}-${last}/${size}` } : {}),
  };
  const status = range.isPart ? 206 : 200;
  if (request.method === 'HEAD') return { status, headers };
  const body = await content.readBlob({ mediaType: headers['content-type'], digest, size });
  if (body === undefined) return refusal(404, 'BLOB_UNKNOWN', `the blob ${digest} is not here`);
  return { status, headers, body: heldBack(body, start, last) };
}

/** Answers GET and HEAD of a manifest: its very bytes, whatever the request accepts. */
export function serveManifest({ bytes, digest, mediaType }: RawManifest): ServedResponse {
  return document(200, bytes, { 'content-type': mediaType, 'docker-content-digest': digest });
}

interface ByteRange {
  readonly start: number;
  readonly last: number;
  readonly isPart: boolean;
}

/** The bytes that a Range header asks for, `undefined` if there are none. Several ranges at once, or another unit, count as no range. */
function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return { start: 0, last: size - 1, isPart: false };
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start > last ? undefined : { start, last, isPart: true };
}
