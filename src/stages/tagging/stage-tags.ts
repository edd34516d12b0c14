import type { RegistryClient } from '../../clients/registry/client.ts';
import { RemoteError } from '../../domain/errors.ts';
import { hostOf, type Repository, type Tag } from '../../domain/image-ref.ts';
import type { Plan } from '../../domain/plan.ts';
import type { ReleaseReport } from '../../domain/release-report.ts';
import { holds, homeOf } from '../../domain/staging.ts';
import type { Clock } from '../../ports/clock.ts';
import { forEach } from './at-once.ts';
import { canDropTags } from './drop-probe.ts';
import type { ReleasePorts } from './facts.ts';

interface Held {
  readonly repository: Repository;
  readonly tags: readonly Tag[];
}

/**
 * Drops the tags that held the images of a run until they were released. They are names that nobody needs: a failure here is said and
 * changes nothing about the release.
 */
export async function dropStageTags(
  { registry, settling, clock, log }: ReleasePorts,
  plan: Plan,
  report: ReleaseReport,
): Promise<ReleaseReport> {
  const isHeld = plan.staging === 'tag' || plan.staging === 'repository';
  if (!isHeld || (report.state !== 'released' && report.state !== 'unchanged')) return report;
  const client = settling?.(droppingMs) ?? registry;
  const notes: string[] = [];
  try {
    const held = await heldBy(client, plan);
    for (const host of new Set(held.map(({ repository }) => hostOf(repository)))) {
      const there = held.filter(({ repository }) => hostOf(repository) === host);
      const note = await dropAt(client, { run: plan.run.id, clock: clock.settling ?? clock }, there);
      if (note !== undefined) notes.push(note);
    }
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    notes.push(`tags ${prefix}${plan.run.id}-… stay: ${error.what}`);
  }
  for (const note of notes) log.notice(note);
  return notes.length === 0 ? report : { ...report, notes: [...(report.notes ?? []), ...notes] };
}

const droppingMs = 2 * 60_000;
const prefix = 'slipway-stage-';

async function heldBy(client: RegistryClient, { images, run }: Plan): Promise<readonly Held[]> {
  const found = await forEach(images, async (image): Promise<Held> => {
    const repository = homeOf(image);
    const tags = (await client.listTags(repository)).filter((tag) => holds(run.id, image.key, tag));
    return { repository, tags };
  });
  return found.filter(({ tags }) => tags.length > 0);
}

/** Drops the tags at one registry; the answer is why they stay, if they do. */
async function dropAt(
  client: RegistryClient,
  by: { readonly run: string; readonly clock: Clock },
  held: readonly Held[],
): Promise<string | undefined> {
  const [first] = held;
  if (first === undefined) return undefined;
  const why = await canDropTags(client, first.repository, by);
  const count = held.reduce((sum, { tags }) => sum + tags.length, 0);
  const names = `${count} ${count === 1 ? 'tag' : 'tags'} ${prefix}${by.run}-… in ${hostOf(first.repository)}`;
  if (why !== undefined) return `${names} stay: ${why}`;
  const pairs = held.flatMap(({ repository, tags }) => tags.map((tag) => ({ repository, tag })));
  const ends = await forEach(pairs, ({ repository, tag }) => client.deleteTag(repository, tag));
  return ends.includes('unsupported') ? `${names} stay: the registry did not delete all of them` : undefined;
}
