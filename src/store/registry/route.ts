/** What a path of the distribution API speaks of: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string };

/** Reads a path. Names may contain the words of the API (`app/tags`), so it is read from its end. */
export function routeOf(path: string): Route | undefined {
  const decoded = decode(path);
  if (decoded === '/v2/' || decoded === '/v2') return { kind: 'ping' };
  if (decoded === undefined || !decoded.startsWith('/v2/')) return undefined;
  const words = decoded.slice('/v2/'.length).replace(/\/$/, '').split('/');
  const last = words.at(-1) ?? '';
  const before = words.at(-2);
  const name = words.slice(0, -2).join('/');
  if (before === 'blobs' && last === 'uploads') return { kind: 'uploads', name };
  if (before === 'uploads' && words.at(-3) === 'blobs') {
    return { kind: 'upload', name: words.slice(0, -3).join('/'), id: last };
  }
  if (before === 'tags' && last === 'list') return { kind: 'tags', name };
  if (before === 'blobs') return { kind: 'blob', name, digest: last };
  if (before === 'manifests') return { kind: 'manifest', name, reference: last };
  return before === 'referrers' ? { kind: 'referrers', name, digest: last } : undefined;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
