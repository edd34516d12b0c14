import type { RegistryClient } from '../../clients/registry/client.ts';
import { isReachable } from '../../clients/registry/reach.ts';
import { ConfigError, RemoteError } from '../../domain/errors.ts';
import { branchOf, type EventFacts } from '../../domain/event.ts';
import { isTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { mayPublish, type Rights } from '../../domain/rights.ts';
import { branchTag, rebuildStem, type TagPlan } from '../../domain/tags.ts';
import type { Http } from '../../ports/http.ts';
import type { Draft } from './drafts.ts';
import type { Proof } from './proof.ts';
import type { Reason } from './reasons.ts';

/** Tells whether the registry can be asked; a run that may publish does not go on without it. */
export async function isAnswering(http: Http, host: string, rights: Rights): Promise<boolean> {
  if (await isReachable(http, host)) return true;
  if (!mayPublish(rights)) return false;
  throw new RemoteError({
    code: 'registry-unreachable',
    what: `the registry ${host} does not answer`,
    where: host,
    state: 'nothing was built and nothing was released',
    next: 'check its name and the network; `slipway plan --offline` plans without it',
  });
}

/** Where the image of an earlier run would be: behind what we would write, the branch, that of a release, the default branch, the version. */
export function candidateTags(event: EventFacts, tags: TagPlan, version: string | undefined): readonly Tag[] {
  const branch = branchOf(event.ref) ?? event.target;
  return [
    ...tags.immutable,
    ...(branch === null ? [] : [branchTag(branch)]),
    branchTag(event.defaultBranch),
    ...tags.floating,
    ...(version === undefined || !isTag(version) ? [] : [version]),
  ];
}

/** The newest rebuild of a tag: what it was built on says more than that tag itself. */
export async function rebuildTags(
  registry: RegistryClient,
  repository: Repository,
  renewed: Tag,
): Promise<readonly Tag[]> {
  const stem = rebuildStem(renewed);
  const made = (await registry.listTags(repository)).flatMap((tag) => {
    const [, day, run = '0'] = tag.startsWith(stem)
      ? (/^(\d{8})(?:\.(\d{1,15}))?$/.exec(tag.slice(stem.length)) ?? [])
      : [];
    return day === undefined || !isTag(tag) ? [] : [{ tag, day, run: Number(run) }];
  });
  return made
    .sort((a, b) => b.day.localeCompare(a.day) || b.run - a.run)
    .map(({ tag }) => tag)
    .slice(0, 1);
}

/** An immutable tag that names something else stops the run now, and not after an hour of builds. */
export async function refuseTakenTags(
  registry: RegistryClient,
  decided: {
    readonly drafts: readonly Draft[];
    readonly tagsOf: (draft: Draft) => TagPlan;
    readonly reasons: ReadonlyMap<string, Reason>;
    readonly proofs: ReadonlyMap<string, Proof>;
  },
): Promise<void> {
  const { drafts, tagsOf, reasons, proofs } = decided;
  const taken = await Promise.all(
    drafts.flatMap((draft) =>
      tagsOf(draft).immutable.map(async (tag) => {
        const proof = proofs.get(draft.key);
        const kept = !reasons.has(draft.key) && proof?.kind === 'proven' ? proof.digest : undefined;
        const now = await registry.resolve(draft.repository, tag);
        return now === undefined || now.digest === kept ? [] : [`${draft.repository}:${tag} is ${now.digest}`];
      }),
    ),
  );
  const lines = taken.flat();
  if (lines.length === 0) return;
  throw new ConfigError({
    code: 'version-taken',
    what: `this version was released before, with other content: ${lines.join('; ')}`,
    where: 'the registry',
    state: 'nothing was built and nothing was released',
    next: 'a released version never changes: raise the version and tag that',
  });
}
