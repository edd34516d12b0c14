import { type DryRequest, dryHttp } from '../clients/registry/dry-http.ts';
import { ConfigError } from '../domain/errors.ts';
import { hostOf, parseRepository, type Repository } from '../domain/image-ref.ts';
import { setOf } from '../domain/image-set.ts';
import type { Plan } from '../domain/plan.ts';
import type { ReleaseJournal } from '../domain/release-journal.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { mayPublish } from '../domain/rights.ts';
import { gateRefusal } from '../domain/verdict.ts';
import type { Ports } from '../ports/ports.ts';
import { plan as makePlan } from '../stages/plan.ts';
import { repoint } from '../stages/repoint.ts';
import { resume } from '../stages/resume.ts';
import { dependenciesIn } from './changes.ts';
import { type DeskOptions, type DeskRepository, readDesk } from './desk.ts';
import { type Destination, impatient, openDestination, registryFor } from './destination.ts';
import { readDownloaded } from './downloaded-run.ts';
import { deskJournals, noJournal, readJournal } from './journals.ts';
import { provenIn } from './proven-images.ts';
import { publishSet } from './publish.ts';
import { releasePorts } from './release-ports.ts';
import { findRepointed, type RepointWish } from './repoint-tags.ts';

/** What is to be released at a desk: the set of a plan, what was broken off, or tags that go back. */
export type DeskWork =
  | {
      readonly kind: 'set';
      readonly tags: 'immutable' | 'all';
      /** A folder with what a run left that uploaded nothing. */
      readonly store?: string | undefined;
    }
  | { readonly kind: 'resume'; readonly journal: string | undefined }
  | { readonly kind: 'repoint'; readonly wish: RepointWish };

/** How it went; with a dry run nothing was written, and these are the requests that would have been made. */
export interface DeskReleased {
  readonly report: ReleaseReport;
  readonly requests: readonly DryRequest[] | undefined;
}

/** Releases at a desk what is in the registry already; it builds nothing. */
export async function releaseHere(
  ports: Ports,
  options: DeskOptions & { readonly dryRun: boolean },
  work: DeskWork,
): Promise<DeskReleased> {
  const requests: DryRequest[] = [];
  const http = options.dryRun ? dryHttp(ports.http, (request) => void requests.push(request)) : ports.http;
  const report = await released({ ...ports, http }, options, work);
  return { report, requests: options.dryRun ? requests : undefined };
}

async function released(ports: Ports, options: DeskOptions & { readonly dryRun: boolean }, work: DeskWork) {
  const desk = await readDesk(ports, options);
  if (work.kind === 'resume') return resumeHere(ports, desk, { ...options, journal: work.journal });
  // Without a registry to name, it is the one of `slipway run`.
  const to = options.registry;
  await using destination = await openDestination(ports, { ...desk, to, configured: desk.config.registry });
  if (work.kind === 'repoint') return repointHere(ports, desk, { ...options, wish: work.wish, destination });
  const plan = await planOf(ports, desk, { destination, isStored: work.store !== undefined });
  const stored = work.store === undefined ? undefined : await readDownloaded(ports, work.store, plan);
  const { records = [], findStore } = stored ?? {};
  const published = await publishSet(
    ports,
    { plan, destination, folder: desk.folder, tags: work.tags, isDry: options.dryRun, findStore },
    setOf(plan, provenIn(records)),
    records,
  );
  if (published.release !== undefined) return published.release;
  if (published.verdict === undefined) throw new Error('a set was neither judged nor released');
  throw gateRefusal(published.verdict);
}

/** The plan of a set of which nothing is left to be built. */
async function planOf(
  ports: Ports,
  desk: DeskRepository,
  { destination, isStored }: { readonly destination: Destination; readonly isStored: boolean },
): Promise<Plan> {
  const plan = await makePlan(
    { ...ports, registry: destination.registry, bases: registryFor(impatient(ports)) },
    {
      ...desk,
      prefix: destination.prefix,
      run: { id: 'desk', number: null, attempt: 1 },
      commit: { id: desk.git.commit, time: desk.git.commitTime, dirty: desk.git.dirty },
      offline: false,
      dependencies: dependenciesIn(ports, desk),
    },
  );
  const state = 'no tag was written';
  if (!mayPublish(plan.rights)) {
    throw new ConfigError({
      ...{ code: 'event-without-rights', what: `a run on ${plan.event.name} may give no tags`, state },
      where: '--event',
      next: 'do it as a push of a branch or of a tag: --event push --ref refs/tags/v1.2.3',
    });
  }
  if (plan.images.length > 0 && !isStored) {
    throw new ConfigError({
      code: 'release-unproven',
      what: `no image was built and tested yet for these files: ${plan.images.map(({ key }) => key).join(', ')}`,
      ...{ where: plan.event.ref, state },
      next: 'slipway run builds, tests and releases them; what a run has left as artifacts is named with --store',
    });
  }
  return plan;
}

async function resumeHere(
  ports: Ports,
  desk: DeskRepository,
  { journal, dryRun }: { readonly journal: string | undefined; readonly dryRun: boolean },
): Promise<ReleaseReport> {
  const journals = deskJournals(ports.files, desk.folder);
  const path = journal ?? (await journals.newest());
  if (path === undefined) throw noJournal('no release was broken off here', `${desk.folder}/.slipway`);
  const read = await readJournal(ports.files, path);
  await using embedded =
    read.embedded === true
      ? await openDestination(ports, { ...desk, to: undefined, configured: undefined })
      : undefined;
  const host = embedded === undefined ? undefined : hostOf(parseRepository(`${embedded.prefix}/image`, 'the registry'));
  const moved = host === undefined ? read : atHost(read, host);
  const driven = releasePorts(ports, {
    ...{ folder: desk.folder, isDesk: true, open: (own: Ports) => registryFor(own) },
    keepJournal: dryRun ? undefined : (kept) => journals.keep({ ...kept, run: read.run, embedded: read.embedded }),
  });
  const report = await resume(driven.ports, moved, driven.facts);
  if (!dryRun) await journals.drop(report);
  return report;
}

/** The registry of a desk has another port each time. */
function atHost(journal: ReleaseJournal, host: string): ReleaseJournal {
  const moved = (name: Repository): Repository => parseRepository(name.replace(/^[^/]+/, host), 'the journal');
  const tags = journal.tags.map(({ source, ...tag }) => ({
    ...tag,
    repository: moved(tag.repository),
    ...(source === undefined ? {} : { source: moved(source) }),
  }));
  const newer = journal.newer?.map((one) => ({ ...one, repository: moved(one.repository) }));
  return { ...journal, tags, ...(newer === undefined ? {} : { newer }) };
}

async function repointHere(
  ports: Ports,
  desk: DeskRepository,
  asked: { readonly wish: RepointWish; readonly destination: Destination },
): Promise<ReleaseReport> {
  const { wish, destination } = asked;
  const tags = await findRepointed(destination.registry, { ...desk, prefix: destination.prefix }, wish);
  const driven = releasePorts(ports, { folder: desk.folder, isDesk: true, open: (own) => registryFor(own) });
  return repoint(driven.ports, tags, driven.facts);
}
