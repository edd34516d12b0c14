/** Where an image comes from, as its labels say it. */
export interface ImageOrigin {
  readonly version: string | null;
  readonly commit: string | null;
  /** Seconds since 1970. */
  readonly commitTime: number | null;
  readonly dirty: boolean;
  /** Where the repository is found in a browser. */
  readonly source: string | undefined;
}

const prefix = 'org.opencontainers.image.';

/** The labels of an image: those that OCI names, with the commit's date, and over them the configured ones; an empty one takes ours away. */
export function imageLabels(
  key: string,
  { version, commit, commitTime, dirty, source }: ImageOrigin,
  configured: Readonly<Record<string, string>>,
): Record<string, string> {
  // What no commit holds was not made of the commit.
  const isCommitted = commit !== null && !dirty;
  const ours = {
    title: key,
    version: version ?? '',
    revision: isCommitted ? commit : '',
    created: isCommitted && commitTime !== null ? new Date(commitTime * 1000).toISOString().replace('.000Z', 'Z') : '',
    source: source ?? '',
  };
  const named = Object.entries(ours).map(([name, value]) => [prefix + name, value] as const);
  const names = new Set(named.map(([name]) => name));
  const all = Object.entries({ ...Object.fromEntries(named), ...configured });
  return Object.fromEntries(all.filter(([name, value]) => value !== '' || !names.has(name)));
}

/** The address for a browser of what git calls a remote; nothing that somebody signs in with stays in it. */
export function sourceOfRemote(remote: string | null): string | undefined {
  const text = remote ?? '';
  const url = /^(https?|ssh|git):\/\/(?:[^/@]*@)?([^/@]+)\/(.+)$/.exec(text);
  // As ssh writes it: user@host:path.
  const short = url === null ? /^[^/@:]+@([^/@:]+):(.+)$/.exec(text) : null;
  const host = url?.[2] ?? short?.[1];
  const path = (url?.[3] ?? short?.[2] ?? '').replace(/\/+$/, '').replace(/\.git$/, '');
  if (host === undefined || path === '' || /[\s?#]/.test(path)) return undefined;
  // The port of ssh is none of a browser.
  return url?.[1]?.startsWith('http') === true
    ? `${url[1]}://${host}/${path}`
    : `https://${host.replace(/:\d+$/, '')}/${path}`;
}
