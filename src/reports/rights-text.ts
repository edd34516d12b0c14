import { mayPublish, type Rights } from '../domain/rights.ts';

/** What a run may do, in words that follow "may". */
export function rightsText(rights: Rights): string {
  const { readCache, writeCache } = rights;
  const verbs = [...(readCache ? ['read'] : []), ...(writeCache ? ['write'] : [])];
  const may = [
    ...(verbs.length === 0 ? [] : [`${verbs.join(' and ')} caches`]),
    ...(rights.stage ? ['upload images by digest'] : []),
    ...(rights.branchTag ? ['tag for its branch'] : []),
    ...(rights.versionTag ? ['make version tags'] : []),
    ...(rights.floating ? ['move floating tags'] : []),
  ];
  if (may.length === 0) return 'build and test, and publishes nothing';
  return mayPublish(rights) ? may.join(', ') : `${may.join(', ')}, and publishes nothing`;
}
