import ignore from '@balena/dockerignore';

/** Tells which paths of a context a build sees. Paths are relative, with `/`. */
export function contextFilter(text: string | undefined): (path: string) => boolean {
  if (text === undefined) return () => true;
  // The package is CommonJS: its types and a bundler agree only on this property.
  const filter = ignore.default({ ignorecase: false }).add(text.replace(/^\uFEFF/, ''));
  return (path) => !filter.ignores(path);
}
