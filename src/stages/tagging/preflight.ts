import type { RegistryClient } from '../../clients/registry/client.ts';
import { RemoteError } from '../../domain/errors.ts';
import { gitTagOf } from '../../domain/event.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { Plan } from '../../domain/plan.ts';
import { platformOf } from '../../domain/platform.ts';
import type { TagRequest } from '../../domain/tag-move.ts';
import { readManifest } from '../../formats/manifest.ts';
import { isAttestation, isIndexType, type OciDescriptor } from '../../formats/oci.ts';
import { forEach } from './at-once.ts';
import type { ReleaseFacts } from './facts.ts';
import type { Problem } from './refusal.ts';
import type { ManifestShelf } from './shelf.ts';

/** Farther from ours no honest clock is; tokens and the days in tags would be wrong. */
const mostSkewMs = 15 * 60_000;

/** What is looked at before the first write. */
export interface Preflight {
  readonly registry: RegistryClient;
  readonly shelf: ManifestShelf;
  /** Tags that would be written, now or in a later step. */
  readonly writes: readonly TagRequest[];
  /** Tags that an earlier step must have written. */
  readonly needs: readonly TagRequest[];
  readonly facts: ReleaseFacts;
  readonly plan: Pick<Plan, 'event' | 'commit' | 'images'> | undefined;
  readonly note: (text: string) => void;
}

/** Looks at everything that a release stands on, and tells all that is wrong with it. */
export async function preflight(check: Preflight): Promise<readonly Problem[]> {
  const repositories = [...new Set(check.writes.map(({ repository }) => repository))];
  const targets = [...new Map(check.writes.map((one) => [`${homeOf(one)}@${one.target}`, one])).values()];
  const looks: readonly (() => Promise<Problem | undefined>)[] = [
    () => gitTagProblem(check),
    ...check.needs.map((request) => () => needProblem(check, request)),
    ...repositories.map((repository) => () => rightProblem(check, repository)),
    ...targets.map((request) => () => targetProblem(check, request)),
  ];
  const found = await forEach(looks, (look) => look());
  return [...found.flatMap((problem) => problem ?? []), ...clockProblem(check)];
}

/** A git tag that somebody moved while the run was under way speaks of other files than those that were tested. */
async function gitTagProblem({ plan, facts, writes, note }: Preflight): Promise<Problem | undefined> {
  const tag = plan === undefined ? undefined : gitTagOf(plan.event.ref);
  const commit = plan?.commit ?? null;
  if (tag === undefined || commit === null || facts.gitTag === undefined || writes.length === 0) return undefined;
  const now = await facts.gitTag();
  const next = 'find out who moved it; a version that was cut wrong gets a new number';
  if (now.kind === 'unknown') note(`the git tag ${tag} was not read again before the release: ${now.why}`);
  if (now.kind === 'gone') return { code: 'git-tag-moved', what: `the git tag ${tag} is not there any more`, next };
  if (now.kind !== 'at' || now.commit === commit) return undefined;
  const what = `the git tag ${tag} was at ${commit} when this run was planned, and is at ${now.commit} now`;
  return { code: 'git-tag-moved', what, next };
}

async function needProblem({ registry }: Preflight, request: TagRequest): Promise<Problem | undefined> {
  const { repository, tag, target } = request;
  const next = 'let push do its work before floating tags move';
  return orRemote(next, async () => {
    const now = await registry.resolve(repository, tag);
    if (now?.digest === target) return undefined;
    const what = `${repository}:${tag} must name ${target} first, and ${now === undefined ? 'is not there' : `names ${now.digest}`}`;
    return { code: 'release-before-push', what, next };
  });
}

/** Whoever may begin an upload may write a tag. */
function rightProblem({ registry }: Preflight, repository: Repository): Promise<Problem | undefined> {
  return orRemote('log in with an account that may write there', async () => {
    await registry.requirePush(repository);
    return undefined;
  });
}

/** A further registry gets its content only after all of this. */
function homeOf({ repository, source }: TagRequest): Repository {
  return source ?? repository;
}

async function targetProblem(check: Preflight, request: TagRequest): Promise<Problem | undefined> {
  const { registry, shelf } = check;
  const { target } = request;
  const repository = homeOf(request);
  const next = 'a registry that collects what no tag names may have removed it: run again, it is built or staged anew';
  return orRemote(next, async () => {
    const raw = await shelf.read(registry, repository, target);
    if (raw === undefined) return { code: 'digest-absent', what: `${repository} has no ${target}`, next };
    const read = readManifest(raw);
    if (read.kind !== 'index') return undefined;
    const why = await whyIncomplete(check, request, read.index.manifests);
    return why === undefined
      ? undefined
      : { code: 'platforms-incomplete', what: `${repository}@${target} ${why}`, next };
  });
}

async function whyIncomplete(
  { registry, plan }: Preflight,
  request: TagRequest,
  members: readonly OciDescriptor[],
): Promise<string | undefined> {
  const { key } = request;
  const repository = homeOf(request);
  const wanted = plan?.images.find((image) => image.key === key)?.platforms ?? [];
  const listed = members.flatMap((one) => {
    return one.platform === undefined || isAttestation(one) ? [] : [platformOf(one.platform)];
  });
  const isFlat = members.every(({ mediaType }) => !isIndexType(mediaType));
  const lacking = isFlat ? wanted.filter((platform) => !listed.includes(platform)) : [];
  if (lacking.length > 0) return `lacks ${lacking.join(', ')}`;
  const looked = await Promise.all(
    members.map(async ({ digest }) => ((await registry.resolve(repository, digest)) === undefined ? [digest] : [])),
  );
  const gone = looked.flat();
  return gone.length === 0 ? undefined : `lists what is not there: ${gone.join(', ')}`;
}

function clockProblem({ facts }: Preflight): readonly Problem[] {
  const skewMs = facts.clockSkewMs?.();
  if (skewMs === undefined || skewMs <= mostSkewMs) return [];
  const what = `the clock of this machine and that of the registry are ${Math.round(skewMs / 60_000)} minutes apart`;
  return [{ code: 'clock-wrong', what, next: 'set the clock of the machine by a time server' }];
}

async function orRemote(next: string, look: () => Promise<Problem | undefined>): Promise<Problem | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { code: error.code, what: error.what, next: error.next || next, isRemote: true };
  }
}
