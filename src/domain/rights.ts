import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { branchOf, type EventFacts, gitTagOf, isRefresh } from './event.ts';
import { isSameVersion, looksLikeVersion, type Version } from './version.ts';

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

/** The rights of a run, by the table of design.md 6. */
export function rightsOf(event: EventFacts, version: Version | undefined): Rights {
  switch (event.name) {
    case 'pull_request':
    case 'merge_group':
      return none;
    case 'release':
      refuseOtherVersion(event, version);
      return { ...none, readCache: false, versionTag: true, floating: true };
    case 'schedule':
    case 'workflow_dispatch': {
      const refresh = isRefresh(event);
      return { ...none, readCache: !refresh, writeCache: refresh, stage: true, versionTag: version !== undefined };
    }
    case 'push':
      return pushRights(event, version);
  }
}

function pushRights(event: EventFacts, version: Version | undefined): Rights {
  const tag = gitTagOf(event.ref);
  if (tag !== undefined && version !== undefined && isSameVersion(tag, version)) {
    return { ...none, stage: true, versionTag: true, floating: true };
  }
  refuseOtherVersion(event, version);
  const known = tag !== undefined || branchOf(event.ref) !== undefined;
  return { ...none, writeCache: known, stage: known, branchTag: known };
}

/** A tag that names a version must be the version of the project. */
function refuseOtherVersion(event: EventFacts, version: Version | undefined): void {
  const tag = gitTagOf(event.ref);
  if (tag !== undefined && looksLikeVersion(tag) && !(version !== undefined && isSameVersion(tag, version))) {
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
