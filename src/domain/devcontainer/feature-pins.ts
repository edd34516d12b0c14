import type { FoundHazard } from './refusals.ts';

/** Features whose content somebody else decides, and may decide anew at any time. */
export function unpinnedFeatures(ids: readonly string[], locked: readonly string[]): readonly FoundHazard[] {
  const open = ids.filter((id) => !isLocalFeature(id) && !isPinnedFeature(id) && !locked.includes(id));
  return open.map((id) => ({
    hazard: 'unpinned-features',
    what: `the Feature ${id} is in no lock file and has no digest`,
  }));
}

/** A Feature that lies beside the configuration, and so in the repository. */
export function isLocalFeature(id: string): boolean {
  return id.startsWith('./') || id.startsWith('../');
}

/** A Feature whose content its name says. */
export function isPinnedFeature(id: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(id);
}
