import { isRefresh } from '../../domain/event.ts';
import type { Rights } from '../../domain/rights.ts';
import { renewedTag, type TagPlan } from '../../domain/tags.ts';
import type { Version } from '../../domain/version.ts';
import type { Draft } from './drafts.ts';
import type { PlanInputs, PlanPorts } from './plan-inputs.ts';
import { findProofs, type Proof } from './proof.ts';
import { candidateTags, rebuildTags } from './published.ts';

/** Asks the registry what was proven before; a refresh of everything has no use for that. */
export async function lookForProofs(
  { registry }: PlanPorts,
  { event, config, staged }: PlanInputs,
  about: {
    readonly drafts: readonly Draft[];
    readonly isOnline: boolean;
    readonly tagsOf: (draft: Draft) => TagPlan;
    readonly version: Version | undefined;
    readonly rights: Rights;
  },
): Promise<ReadonlyMap<string, Proof>> {
  const { drafts, isOnline, tagsOf, version, rights } = about;
  const isStaleOnly = isRefresh(event) && config.refresh === 'stale';
  if (!isOnline || (isRefresh(event) && !isStaleOnly)) return new Map();
  const renewed = renewedTag(event, rights, version);
  const tagsToAsk = async (draft: Draft) => [
    ...(isStaleOnly && renewed !== undefined ? await rebuildTags(registry, draft.repository, renewed) : []),
    ...candidateTags(event, tagsOf(draft), version),
  ];
  return findProofs(registry, drafts, { tagsOf: tagsToAsk, stagedOf: ({ key }) => staged?.get(key) });
}
