import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Clock } from '../../ports/clock.ts';
import { resolveBases, withDigests } from './bases.ts';
import type { Draft } from './drafts.ts';

/** All registries together cost a plan so much time at most. */
export const basesBudgetMs = 2_000;

/** Looks up today's digests of what the images are built on and is not of the set, and writes them into the drafts. */
export async function resolveOutside(
  ports: { readonly registry: RegistryClient; readonly clock: Clock },
  drafts: readonly Draft[],
  publishes: boolean,
): Promise<{ readonly drafts: readonly Draft[]; readonly notes: readonly string[] }> {
  const outside = new Set(
    drafts.flatMap(({ bases }) => bases.flatMap((one) => (one.key === null ? one.reference : []))),
  );
  const wanted = drafts.flatMap(({ dockerfile, found }) =>
    found
      .filter(({ reference }) => outside.has(reference))
      .map(({ reference, platforms, line }) => ({ reference, platforms, where: { file: dockerfile, line } })),
  );
  const { bases, notes } = await resolveBases(ports, wanted, { budgetMs: basesBudgetMs, publishes });
  const filled = drafts.map((draft) => ({
    ...draft,
    bases: draft.bases.map((base) => {
      const platforms = draft.found.find(({ reference }) => reference === base.reference)?.platforms ?? [];
      return withDigests(base, platforms, bases.get(base.reference));
    }),
  }));
  return { drafts: filled, notes };
}
