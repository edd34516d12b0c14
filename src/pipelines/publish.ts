import { type ImageSet, type ProvenImage, setOf } from '../domain/image-set.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { mayPublish } from '../domain/rights.ts';
import type { SetTestResult } from '../domain/set-test.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Ports } from '../ports/ports.ts';
import { gate } from '../stages/gate.ts';
import type { FindStore } from '../stages/gating/views.ts';
import { push } from '../stages/push.ts';
import { release } from '../stages/release.ts';
import { storeContent, uploadProven } from './archived-set.ts';
import { type Destination, registryFor } from './destination.ts';
import { type GatedWork, type Gating, gateBy } from './gating.ts';
import { deskJournals } from './journals.ts';
import { releasePorts } from './release-ports.ts';
import { testWholeSet } from './set-test.ts';
import { keepSetLog } from './test-logs.ts';

/** A set at a desk, and how far it is to be brought. */
export interface Publishing {
  readonly plan: Plan;
  readonly destination: Destination;
  readonly folder: string;
  /** The immutable tags alone, or all of them. */
  readonly tags?: 'immutable' | 'all';
  /** Nothing is written, not even a journal. */
  readonly isDry?: boolean;
  /** How the gate proves the set; by default it looks at what is to be published. */
  readonly gating?: Omit<Gating, 'records' | 'folder'>;
  /** Where images are that are in no registry yet: they are proven there, and uploaded before their tags. */
  readonly findStore?: FindStore | undefined;
}

/** How publishing went: nothing at all where the run may not publish, or an image is not proven. */
export interface Published {
  /** How the test of the set ended, where it has one; a set that failed it came no further. */
  readonly setTest?: SetTestResult;
  readonly verdict?: Verdict;
  readonly release?: ReleaseReport;
}

/** Gate, push and release, when every image is proven and the run may publish at all. */
export async function publish(
  ports: Ports,
  run: Publishing & { readonly images: readonly ImageOutcome[] },
): Promise<Published> {
  const { plan, images } = run;
  const proven = images.flatMap((image): ProvenImage[] =>
    image.kind === 'proven' ? [{ key: image.key, digest: image.record.digest, record: image.recordDigest }] : [],
  );
  if (!mayPublish(plan.rights) || proven.length < images.length) return {};
  const records = images.flatMap((image) => (image.kind === 'proven' ? [image.record] : []));
  return publishSet(ports, run, setOf(plan, proven), records);
}

/** The same for a set whose images are all known by digest. */
export async function publishSet(
  ports: Ports,
  run: Publishing,
  set: ImageSet,
  records: readonly ImageRecord[] = [],
): Promise<Published> {
  const { plan, destination, folder, tags = 'all', isDry = false } = run;
  const setTest = await testPublished(ports, run, set);
  const tested = setTest === undefined ? {} : { setTest };
  if (setTest?.state === 'failed') return tested;
  const gated = { plan, set, registry: destination.registry };
  const { findStore } = run;
  const archived = findStore && (await uploadProven(ports, { ...gated, records, findStore }));
  if (archived !== undefined && archived.state !== 'match') return { ...tested, verdict: archived };
  const verdict = await judgedThere(ports, { ...run, records, archived }, gated);
  if (verdict.state !== 'match') return { ...tested, verdict };
  const journals = deskJournals(ports.files, folder);
  const driven = releasePorts(ports, {
    ...{ folder, plan, isDesk: true },
    open: (own) => registryFor(own),
    keepJournal: isDry
      ? undefined
      : (journal) => journals.keep({ ...journal, embedded: destination.embedded !== undefined }),
  });
  const work = { plan, set, facts: driven.facts };
  const report = tags === 'all' ? await release(driven.ports, work, 'all') : await push(driven.ports, work);
  if (!isDry) await journals.drop(report);
  return { ...tested, verdict, release: report };
}

/** What the gate says of what lies at the destination; where nothing was written, what was to be written is not there. */
async function judgedThere(
  ports: Ports,
  run: Publishing & { readonly records: readonly ImageRecord[]; readonly archived: Verdict | undefined },
  gated: GatedWork,
): Promise<Verdict> {
  const { archived, gating, folder, records, isDry = false } = run;
  if (archived !== undefined && isDry) return archived;
  return gating === undefined ? gate(gated, gated) : gateBy(ports, gated, { ...gating, folder, records });
}

/** Runs the test of the set, where the plan has one, with what lies at the destination. */
async function testPublished(
  ports: Ports,
  { plan, destination, folder, findStore }: Publishing,
  set: ImageSet,
): Promise<SetTestResult | undefined> {
  if (plan.setTest === undefined) return undefined;
  const { registry } = destination;
  await using work = await ports.files.tempFolder('set-', `${folder}/.slipway`);
  const contentOf = findStore && storeContent(findStore, registry);
  const job = {
    plan,
    set,
    registry,
    contentOf,
    folder,
    workFolder: `${work.path}/set`,
    owner: plan.run.id,
    run: plan.run,
  };
  const result = await testWholeSet(ports, job);
  await keepSetLog(ports, job.workFolder, `${folder}/.slipway/logs`);
  return result;
}
