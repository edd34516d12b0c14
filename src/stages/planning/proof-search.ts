import { isRefresh } from '../../domain/event.ts';
import type { TagPlan } from '../../domain/tags.ts';
import type { Version } from '../../domain/version.ts';
import type { Draft } from './drafts.ts';
import type { PlanInputs, PlanPorts } from './plan-inputs.ts';
import { findProofs, type Proof } from './proof.ts';
import { candidateTags, rebuildTags } from './published.ts';

/** Asks the registry what was proven before; a refresh of everything has no use for that. */
export async function lookForProofs(
  { registry }: PlanPorts,
  { event, config }: PlanInputs,
  about: {
    readonly drafts: readonly Draft[];
    readonly isOnline: boolean;
    readonly tagsOf: (draft: Draft) => TagPlan;
    readonly version: Version | undefined;
  },
): Promise<ReadonlyMap<string, Proof>> {
  const { drafts, isOnline, tagsOf, version } = about;
  const isStaleOnly = isRefresh(event) && config.refresh === 'stale';
  if (!isOnline || (isRefresh(event) && !isStaleOnly)) return new Map();
  return findProofs(registry, drafts, async (draft) => [
    ...(isStaleOnly && version !== undefined ? await rebuildTags(registry, draft.repository, version) : []),
    ...candidateTags(event, tagsOf(draft), version),
  ]);
}
