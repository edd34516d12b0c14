/** What files are called that name what a project depends on; patterns as in `.dockerignore`, in any folder. */
export const dependencyPatterns: readonly string[] = [
  'pyproject.toml',
  'setup.cfg',
  'requirements*.txt',
  'poetry.lock',
  'uv.lock',
  'pdm.lock',
  'Pipfile.lock',
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
].map((name) => `**/${name}`);

/** Whether a change touches what the project depends on, so that a cache is worth writing; and why. */
export interface DependencyChange {
  readonly changed: boolean;
  readonly why: string;
}

/** Looks for dependency files among the paths that changed; `undefined` where nobody can tell which did. */
export function dependencyChange(
  changedPaths: readonly string[] | undefined,
  isDependencyFile: (path: string) => boolean,
): DependencyChange {
  // A cache that is written once too often costs a minute; one that is never refreshed costs each build after it.
  if (changedPaths === undefined) return { changed: true, why: 'nobody can tell which files changed' };
  const [first, ...more] = changedPaths.filter(isDependencyFile).sort();
  if (first === undefined) return { changed: false, why: 'no dependency file changed' };
  return { changed: true, why: more.length === 0 ? `${first} changed` : `${first} and ${more.length} more changed` };
}
