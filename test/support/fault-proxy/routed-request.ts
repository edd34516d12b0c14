import { routeOf } from '../../../src/store/registry/route.ts';

/** What a request to a registry is about. */
export const requestKinds = [
  'ping',
  'manifest-tag',
  'manifest-digest',
  'blob',
  'upload-start',
  'mount',
  'upload-patch',
  'upload-put',
  'upload-status',
  'upload-end',
  'tags',
  'referrers',
  'token',
  'other',
] as const;
export type RequestKind = (typeof requestKinds)[number];

/** The proxy listens twice: as the registry, and as the other origin that blobs are redirected to. */
export type Listener = 'registry' | 'storage';

/** A request as rules see it. */
export interface RoutedRequest {
  readonly listener: Listener;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly kind: RequestKind;
  readonly repository: string;
  /** A tag or a digest, where the request names one. */
  readonly reference: string;
  /** Equal for repetitions of one request in any run: without the ids of upload sessions. */
  readonly key: string;
}

export const tokenPath = '/token';

const uploadKinds: Readonly<Record<string, RequestKind>> = {
  PATCH: 'upload-patch',
  PUT: 'upload-put',
  GET: 'upload-status',
  HEAD: 'upload-status',
  DELETE: 'upload-end',
};

export function routedRequest(listener: Listener, method: string, path: string): RoutedRequest {
  const { pathname, searchParams, search } = new URL(path, 'http://proxy.invalid');
  const request = (kind: RequestKind, repository: string, reference: string, key: string): RoutedRequest => ({
    ...{ listener, method, path, kind, repository, reference },
    key: `${listener} ${method} ${key}`,
  });
  const route = routeOf(pathname);
  if (pathname === tokenPath) return request('token', '', '', `${pathname}${search}`);
  if (route === undefined) return request('other', '', '', path);
  switch (route.kind) {
    case 'ping':
      return request('ping', '', '', path);
    case 'manifest': {
      const kind = route.reference.includes(':') ? 'manifest-digest' : 'manifest-tag';
      return request(kind, route.name, route.reference, path);
    }
    case 'uploads': {
      const mount = searchParams.get('mount');
      return request(mount === null ? 'upload-start' : 'mount', route.name, mount ?? '', path);
    }
    case 'upload': {
      const digest = searchParams.get('digest') ?? '';
      const key = `/v2/${route.name}/blobs/uploads/* ${digest}`;
      return request(uploadKinds[method] ?? 'other', route.name, digest, key);
    }
    case 'tags':
      return request('tags', route.name, '', path);
    default:
      return request(route.kind, route.name, route.digest, path);
  }
}
