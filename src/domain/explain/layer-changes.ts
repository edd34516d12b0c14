import type { ChangeKind, PathChange } from './path-change.ts';

/** So many paths are named; of all others the number is said. */
export const mostPaths = 20;

/** Packages by name, with their versions. */
export type Packages = ReadonlyMap<string, string>;

/** How two layers differ. */
export interface LayerChanges {
  /** How many paths differ. */
  readonly total: number;
  /** The first of them, in the order of their names. */
  readonly paths: readonly PathChange[];
  /** How many differ in which respect. */
  readonly kinds: ReadonlyMap<ChangeKind, number>;
  /** Packages that only one has, or both in different versions; null for the one that does not have it. */
  readonly packages: readonly PackageChange[];
}

/** A package that two layers do not agree about. */
export interface PackageChange {
  readonly name: string;
  readonly a: string | null;
  readonly b: string | null;
}

/** Gathers changes; of the paths it keeps a few. */
export class ChangeList {
  #paths: PathChange[] = [];
  readonly #kinds = new Map<ChangeKind, number>();
  #total = 0;

  add(path: string, changes: readonly (readonly [ChangeKind, string])[]): void {
    if (changes.length === 0) return;
    this.#total += 1;
    for (const [kind] of changes) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    this.#paths.push({ path, change: changes.map(([, text]) => text).join(', ') });
    if (this.#paths.length > 50 * mostPaths) this.#cut();
  }

  /** The changes, with what the package managers of both sides say. */
  end(a: Packages, b: Packages): LayerChanges {
    this.#cut();
    return { total: this.#total, paths: this.#paths, kinds: this.#kinds, packages: packageChanges(a, b) };
  }

  #cut(): void {
    this.#paths = this.#paths.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, mostPaths);
  }
}

/** Whether nothing but the times of files differs. */
export function isTimeOnly({ total, kinds }: LayerChanges): boolean {
  return total > 0 && kinds.size === 1 && kinds.has('time');
}

function packageChanges(a: Packages, b: Packages): readonly PackageChange[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return names
    .map((name) => ({ name, a: a.get(name) ?? null, b: b.get(name) ?? null }))
    .filter((change) => change.a !== change.b);
}
