import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { branchOf, type EventFacts, gitTagOf, isRefresh } from './event.ts';
import { isSameVersion, looksLikeVersion, type Version } from './version.ts';
import type { VersionScheme } from './version-reading.ts';

/** What a run may do; decided once, in the plan, from event and ref. */
export const Rights = z.strictObject({
  readCache: z.boolean(),
  writeCache: z.boolean(),
  stage: z.boolean(),
  branchTag: z.boolean(),
  versionTag: z.boolean(),
  floating: z.boolean(),
});
export type Rights = z.infer<typeof Rights>;

const none: Rights = {
  readCache: true,
  writeCache: false,
  stage: false,
  branchTag: false,
  versionTag: false,
  floating: false,
};

/** What a project says about who may do what. */
export interface RightsRules {
  /** Whether a run by hand on this ref may publish; by default on the default branch and on the tag of the version. */
  readonly isManualRef?: ((ref: string) => boolean) | undefined;
  /** Whether a pull request from the same repository may upload its images by digest. */
  readonly stagePullRequests?: boolean | undefined;
  readonly scheme?: VersionScheme | undefined;
}

/** The rights of a run, by event and ref alone; what a policy adds about caches is in `cacheAccessOf`. */
export function rightsOf(event: EventFacts, version: Version | undefined, rules: RightsRules = {}): Rights {
  const refresh = isRefresh(event);
  // The word of a stranger gives no rights, whatever it set off: Dependabot also pushes.
  if (event.untrusted) return { ...none, readCache: !refresh };
  switch (event.name) {
    case 'pull_request':
    case 'merge_group':
      return { ...none, stage: rules.stagePullRequests === true };
    case 'release':
      refuseOtherVersion(event, version, rules.scheme);
      return { ...none, readCache: false, versionTag: true, floating: true };
    case 'schedule':
      return rebuildRights(refresh, version);
    case 'workflow_dispatch':
      return mayRunByHand(event, version, rules) ? rebuildRights(refresh, version) : { ...none, readCache: !refresh };
    case 'push':
      return pushRights(event, version, rules.scheme);
  }
}

function rebuildRights(refresh: boolean, version: Version | undefined): Rights {
  // A project without a version has its branches to name what is built anew.
  const isVersioned = version !== undefined;
  return {
    ...none,
    readCache: !refresh,
    writeCache: refresh,
    stage: true,
    versionTag: isVersioned,
    branchTag: !isVersioned,
  };
}

function mayRunByHand({ ref, defaultBranch }: EventFacts, version: Version | undefined, rules: RightsRules): boolean {
  if (rules.isManualRef !== undefined) return rules.isManualRef(ref);
  return branchOf(ref) === defaultBranch || isTagOf(version, gitTagOf(ref), rules.scheme);
}

function pushRights(event: EventFacts, version: Version | undefined, scheme: VersionScheme | undefined): Rights {
  const tag = gitTagOf(event.ref);
  if (isTagOf(version, tag, scheme)) return { ...none, stage: true, versionTag: true, floating: true };
  refuseOtherVersion(event, version, scheme);
  const known = tag !== undefined || branchOf(event.ref) !== undefined;
  return { ...none, writeCache: known, stage: known, branchTag: known };
}

function isTagOf(version: Version | undefined, tag: string | undefined, scheme: VersionScheme | undefined): boolean {
  return version !== undefined && tag !== undefined && isSameVersion(tag, version, scheme);
}

/** A tag that names a version must be the version of the project. */
function refuseOtherVersion(event: EventFacts, version: Version | undefined, scheme: VersionScheme | undefined): void {
  const tag = gitTagOf(event.ref);
  if (tag !== undefined && looksLikeVersion(tag) && !isTagOf(version, tag, scheme)) {
    throw new ConfigError({
      code: 'version-mismatch',
      what:
        version === undefined
          ? `the git tag ${tag} names a version, but the project has none`
          : `the git tag ${tag} is not the version of the project, ${version}`,
      where: `the pushed tag ${tag}`,
      state: 'nothing was built and nothing was released',
      next: `write the version into VERSION, commit it and tag that commit${version === undefined ? '' : `; or tag this commit ${version}`}`,
    });
  }
}

/** Tells whether anything of a run may become visible to others. */
export function mayPublish(rights: Rights): boolean {
  return rights.stage || rights.branchTag || rights.versionTag || rights.floating;
}
