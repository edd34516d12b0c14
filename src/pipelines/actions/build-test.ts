import type { ImageOutcome } from '../../domain/outcome.ts';
import { baseRowsOf, partIn } from '../../domain/parts.ts';
import { type CarriedImage, imageOf, type Plan, type Row } from '../../domain/plan.ts';
import { chooseRow } from '../../domain/row-choice.ts';
import { slotText } from '../../domain/row-result.ts';
import { homeOf } from '../../domain/staging.ts';
import { recordBytes } from '../../formats/record-artifact.ts';
import type { TempFolder } from '../../ports/files.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { buildSummary } from '../../reports/build-summary.ts';
import { Leaving } from '../../stages/testing/leaving.ts';
import { buildSet } from '../build-set.ts';
import { type BuilderWish, lookAtWorkshop, openWorkshop } from '../builder.ts';
import { impatient } from '../destination.ts';
import { type KnownPlan, receivePlan, receiveResults, sendResult } from '../handoff.ts';
import { uploadLayerHashes } from '../layer-hashes.ts';
import { claimFolder, removeLeft, sweepKilled } from '../leftovers.ts';
import { uploadLogs } from '../test-logs.ts';
import { buildLogins, needInputs, registryOf, type SignInInputs } from './action.ts';
import { setOutputs } from './build-outputs.ts';
import { givenSecrets, type SecretInputs, tellUnasked } from './given-secrets.ts';
import { planOne } from './plan-one.ts';
import { JobStores } from './red-stores.ts';

/** The inputs of the action. */
export interface BuildTestInputs extends SignInInputs, SecretInputs {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
  readonly row?: string | undefined;
  readonly image: readonly string[];
  readonly name?: string | undefined;
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly 'bake-target'?: string | undefined;
  readonly 'bake-file': readonly string[];
  readonly test?: string | undefined;
  readonly registry?: string | undefined;
  readonly builder?: string | undefined;
  readonly 'buildkit-image'?: string | undefined;
  readonly 'buildkit-config'?: string | undefined;
  readonly 'driver-opts': readonly string[];
  /** The most bytes that the store of an image that failed may have to be kept. */
  readonly 'keep-store-max': number;
  readonly ssh: readonly string[];
  /** Nothing is left to the step after the job, which has more to do until then. */
  readonly removesAll?: boolean | undefined;
  /** Hears what became of each image. */
  readonly onOutcomes?: ((outcomes: readonly ImageOutcome[]) => void) | undefined;
}

const ownerState = 'owner';
const folderState = 'folder';
const builderState = 'builder';
const folderPrefix = 'slipway-build-';

function wishOf(inputs: BuildTestInputs): BuilderWish {
  return {
    name: inputs.builder,
    image: inputs['buildkit-image'],
    config: inputs['buildkit-config'],
    driverOptions: inputs['driver-opts'],
  };
}

/** Builds and tests the images of one row, uploads what passed, and hands its record on. */
export async function buildTest(ports: ActionPorts, host: Host, inputs: BuildTestInputs): Promise<void> {
  const secrets = givenSecrets(host, inputs);
  // It takes docker a while to answer, and the plan needs none.
  const look = lookAtWorkshop(ports, wishOf(inputs), host.temp);
  const work =
    inputs.plan === undefined ? await aloneWork(ports, host, inputs) : await rowWork(ports, host, inputs, inputs.plan);
  const { plan } = work;
  tellUnasked(ports, work.known?.plan ?? plan, secrets);
  const owner = `${host.run.id}-${ports.random.hex(12)}`;
  await using opened = await openWorkshop(ports, wishOf(inputs), {
    owner,
    folder: host.temp,
    look,
    onMake: (name) => ports.outputs.saveState(builderState, name),
  });
  await sweepKilled(ports, host.temp, folderPrefix);
  await using runFolder = await ports.files.tempFolder(folderPrefix, host.temp);
  await ports.outputs.saveState(ownerState, owner);
  await ports.outputs.saveState(folderState, runFolder.path);
  await claimFolder(ports, runFolder.path, { owner, builder: opened.builder.name });
  const isNowhere = inputs.plan === undefined && inputs.registry === undefined;
  const stores = new JobStores(ports, host, { ...work, maxBytes: inputs['keep-store-max'] });
  await using leaving = new Leaving({ holdsNewest: inputs.removesAll !== true });
  let diskBytes: number | undefined;
  const outcomes = await buildSet(ports, {
    plan,
    builder: opened.builder,
    folder: host.workspace,
    runFolder: runFolder.path,
    registry: registryOf(ports, inputs, plan.images[0]?.repository),
    run: host.run,
    source: host.source,
    owner,
    leaving,
    secrets,
    logins: await buildLogins(ports, inputs, plan),
    adopt: stores.adopt,
    // Without a registry there is no place where anything would have been published.
    published: isNowhere ? undefined : () => registryOf(impatient(ports), inputs, plan.images[0]?.repository),
    onUse: (bytes) => {
      diskBytes = bytes;
    },
  });
  inputs.onOutcomes?.(outcomes);
  await uploadLogs(ports, { runFolder: runFolder.path, keys: plan.images.map(({ key }) => key) }, work.row);
  await uploadLayerHashes(ports, outcomes, work.row);
  const red = await stores.keep(outcomes, runFolder.path);
  const where = {
    ...red,
    fromRun: host.run.id,
    isPart: work.row?.platforms != null,
    run: work.row === undefined ? inputs.test : undefined,
  };
  await ports.outputs.summary(buildSummary(outcomes, diskBytes, where));
  await setOutputs(ports, outcomes, plan);
  const failed = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.error] : []));
  const [first, ...others] = failed;
  for (const { code, what, where } of others)
    ports.log.error(`${code}: ${what}`, typeof where === 'object' ? where : undefined);
  const blocked = outcomes.filter((outcome) => outcome.kind === 'blocked').map((outcome) => outcome.key);
  if (blocked.length > 0) ports.log.error(`not built, because what they are built on failed: ${blocked.join(', ')}`);
  // As it is: what failed also decides the exit code.
  if (first !== undefined) throw first;
  if (work.known !== undefined && work.row !== undefined) {
    const records = outcomes.flatMap((outcome) => (outcome.kind === 'proven' ? [outcome.record] : []));
    const { row, known } = work;
    const result = { schema: 'slipway.result/1' as const, plan: known.digest, row: row.id, run: host.run, records };
    const digest = await ports.log.group('the record of this job', () => sendResult(ports, result));
    await ports.outputs.set(`result-${row.slot}`, slotText(row.id, digest));
  }
  if (leaving.leave()) await leaveFolder(ports, runFolder);
}

/** What the list in it says of the engine is for the step after the job; what fills the disk goes now. */
async function leaveFolder({ files }: Pick<Ports, 'files'>, folder: TempFolder): Promise<void> {
  for (const { name, kind } of await files.list(folder.path)) {
    if (kind === 'folder') await files.remove(`${folder.path}/${name}`);
  }
  folder.stay();
}

/** Removes what the main step left: what nobody has to wait for, and where it was killed, all else. */
export async function buildTestPost(ports: Ports, state: (name: string) => string | undefined): Promise<void> {
  await removeLeft(ports, { owner: state(ownerState), builder: state(builderState), folder: state(folderState) });
}

interface Work {
  readonly plan: Plan;
  readonly known?: KnownPlan;
  readonly row?: Row;
}

async function aloneWork(ports: ActionPorts, host: Host, inputs: BuildTestInputs): Promise<Work> {
  const { name, 'bake-target': bakeTarget } = inputs;
  if (bakeTarget !== undefined) return { plan: await planOne(ports, host, { ...inputs, 'bake-target': bakeTarget }) };
  if (name === undefined) throw needInputs('build-test', 'a name or a bake-target');
  return { plan: await planOne(ports, host, { ...inputs, name }) };
}

/** The part of the plan that this job does; bases from earlier jobs count as carried over, by the digest of their record. */
async function rowWork(ports: ActionPorts, host: Host, inputs: BuildTestInputs, input: string): Promise<Work> {
  const known = await ports.log.group('the plan', () => receivePlan(ports, host, input));
  const { plan } = known;
  const row = chooseRow(plan, inputs);
  const images = row.images.map((key) => partIn(row, imageOf(plan, key)));
  const elsewhere = baseRowsOf(plan, row);
  const rows = [...new Set(elsewhere.map((base) => base.row))];
  const results = await ports.log.group('what the bases handed on', () =>
    receiveResults(ports, { known, run: host.run, rows }, inputs.results),
  );
  const bases = results
    .flatMap((result) => {
      const keys = elsewhere.filter((base) => base.row.id === result.row).map((base) => base.key);
      return result.records.filter((record) => keys.includes(record.key));
    })
    .map((built): CarriedImage => {
      const { key, digest, identity, commit } = built;
      const repository = homeOf(imageOf(plan, key));
      const tags = { immutable: [], floating: [] };
      const record = recordBytes(built).digest;
      return { key, repository, digest, record, identity, commit, why: 'built by an earlier job', tags };
    });
  const levels = plan.levels
    .map((level) => level.filter((key) => row.images.includes(key)))
    .filter((level) => level.length > 0);
  return { plan: { ...plan, images, levels, carried: [...plan.carried, ...bases] }, known, row };
}
