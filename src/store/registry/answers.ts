import { SlipwayError } from '../../domain/errors.ts';
import type { ServedRequest, ServedResponse } from '../../ports/http-server.ts';

/** The error codes of the distribution specification, and those that every registry has added to them. */
export type RegistryErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

/** An answer without a body. A 204 may not even say that it has none. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): ServedResponse {
  return { status, headers: status === 204 ? headers : { 'content-length': '0', ...headers } };
}

/** A document as the answer. */
export function document(
  status: number,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): ServedResponse {
  const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers, 'content-length': `${body.length}` },
    body,
  };
}

/** A refusal in the specification's form. */
export function refusal(
  status: number,
  code: RegistryErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ServedResponse {
  return document(status, JSON.stringify({ errors: [{ code, message, detail: null }] }), headers);
}

/** The refusal of a method, with those that would do. */
export function methodRefusal(...allowed: readonly string[]): ServedResponse {
  return refusal(405, 'UNSUPPORTED', 'this method is not supported here', { allow: allowed.join(', ') });
}

/** What every request meets: the access log, HEAD without a body, and our own failures as a 500 that says what is wrong. */
export function answering(
  answer: (request: ServedRequest) => Promise<ServedResponse>,
  options: RegistryOptions,
): (request: ServedRequest) => Promise<ServedResponse> {
  return async (request) => {
    const response = await answer(request).catch((failure: unknown) => {
      if (failure instanceof SlipwayError) return refusal(500, 'UNKNOWN', failure.message);
      throw failure;
    });
    options.onRequest?.({ method: request.method, path: request.path, status: response.status });
    const { status, headers = {} } = response;
    return request.method === 'HEAD' ? { status, headers } : response;
  };
}

/** One line of an access log. */
export interface ServedLine {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** What the owner of a registry may want to know. */
export interface RegistryOptions {
  readonly onRequest?: (line: ServedLine) => void;
}
