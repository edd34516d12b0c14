import { pathOf, type Repository } from '../../domain/image-ref.ts';

/** What a request needs to be allowed to do in a repository. */
export type Right = 'pull' | 'push';

/** The scope of a right (https://distribution.github.io/distribution/spec/auth/scope/); who pushes reads too. */
export function scopeOf(repository: Repository, right: Right): string {
  return `repository:${pathOf(repository)}:${right === 'push' ? 'pull,push' : 'pull'}`;
}

/** Makes one sorted list of scopes, each resource once, from texts that may hold several. */
export function mergeScopes(texts: readonly string[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of texts.flatMap((text) => text.split(' '))) {
    const colon = scope.lastIndexOf(':');
    if (colon <= 0) continue;
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(',')) if (action !== '') known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, of]) => `${resource}:${[...of].sort().join(',')}`).sort();
}
