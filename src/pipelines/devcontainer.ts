import { readFeatureNeeds } from '../clients/devcontainer-features.ts';
import { Engine } from '../clients/engine.ts';
import { impatientHttp } from '../clients/registry/impatient.ts';
import type { PrebuildOutcome } from '../domain/devcontainer/outcome.ts';
import type { PrebuildPlan } from '../domain/devcontainer/prebuild-plan.ts';
import { isProposal } from '../domain/devcontainer/proposal.ts';
import { ToolError } from '../domain/errors.ts';
import { scrubbedEnv } from '../domain/scrubbed-env.ts';
import type { Cache } from '../ports/cache.ts';
import type { Ports } from '../ports/ports.ts';
import { runCommand } from '../stages/prebuild-command.ts';
import { prebuildPlan } from '../stages/prebuild-plan.ts';
import { publish } from '../stages/prebuild-publish.ts';
import { hideComposeSecrets, withCompose } from '../stages/prebuilding/compose.ts';
import { refuseComposeHazards, refuseHazards } from '../stages/prebuilding/hazards.ts';
import { readProject } from '../stages/prebuilding/project.ts';
import { startPlaceOf } from '../stages/prebuilding/start-place.ts';
import { registryFor } from './destination.ts';
import type { PrebuildChoices, PrebuildPlace } from './devcontainer/choices.ts';
import { signedInConfig } from './devcontainer/docker-sign-in.ts';
import { execWith } from './devcontainer/exec-with.ts';
import { runInitializeCommand } from './devcontainer/initialize.ts';
import { basesOf, changesSince } from './devcontainer/origins.ts';
import { openContainer, prepareContainer } from './devcontainer/session.ts';
import { PhaseTimer } from './devcontainer/timer.ts';
import { bringPrebuilt, cliOf, type PrebuildSetting } from './devcontainer/work.ts';

/** Hears how far a prebuild has come, for a step that may fail or be stopped later. */
export type OnProgress = (outcome: PrebuildOutcome) => Promise<void>;

/**
 * Takes a repository to a running dev container: decides by content whether anything is to be built, starts the image,
 * brings the packages back, runs the command and publishes what is new. The container is left running for who asked.
 */
export async function prebuild(
  given: Ports & { readonly cache: Cache },
  choices: PrebuildChoices,
  { place, onProgress }: { readonly place: PrebuildPlace; readonly onProgress: OnProgress },
): Promise<PrebuildOutcome> {
  const timer = new PhaseTimer(given);
  const opened = await openSetting(given, choices, place);
  const { ports, env, registry, platform } = opened;
  const { log } = ports;
  const project = await timer.run('prepare', 'the configuration', () => prepareProject(opened));
  const setting = { ...opened, project };
  const plan = await timer.run('decide', 'what is to be done', async () => {
    const platforms = choices.platforms.length === 0 ? [platform] : choices.platforms;
    const [major, minor] = choices.cli.version.split('.');
    const question = { ...choices, project, platforms, cliVersion: `${major}.${minor}` };
    // A pull request is built all the same where no registry answers, and so need not wait for it.
    const asked = isProposal(choices.event) ? registryFor(hasty(ports), choices.signIn) : registry;
    const decided = await prebuildPlan({ ...ports, env }, { registry: asked, cli: cliOf(setting) }, question);
    const { decision } = decided;
    log.info(
      `${decided.tag}: ${decision.kind === 'reuse' ? `published as ${decision.digest}` : `to be built (${decided.refresh ?? decision.why})`}`,
    );
    return decided;
  });
  await place.space;
  const changes = plan.decision.kind === 'build' ? await changesSince(setting, plan) : undefined;
  for (const { input, change } of changes ?? []) log.info(`${input} was ${change}`);
  const built = ports.clock.now().toISOString();
  const bases = basesOf(setting, plan);
  // It is waited for at the end alone; a run that fails before has no use for it.
  bases.catch(() => undefined);
  const image = await timer.run(plan.decision.kind, titleOf(plan), () => bringPrebuilt(setting, plan));
  let outcome: PrebuildOutcome = {
    plan,
    mode: plan.decision.kind,
    published: undefined,
    digest: image.digest,
    bytes: image.bytes,
    pushed: false,
    uploaded: 0,
    pushReason: plan.push.reason,
    floatingMoved: false,
    changes,
    venv: undefined,
    python: undefined,
    containerId: undefined,
    command: undefined,
    timings: timer.timings,
  };
  const tell = async (more: Partial<PrebuildOutcome>): Promise<void> => {
    outcome = { ...outcome, ...more, timings: timer.timings };
    await onProgress(outcome);
  };
  const reused = plan.decision.kind === 'reuse' && choices.name !== undefined;
  await tell(reused ? { published: publishedRef(choices.name, image.digest) } : {});
  const container = await timer.run('start', 'the container', () => openContainer(setting, image));
  await tell({ containerId: container.started.containerId, python: container.facts.python });
  const { session, venv } = await prepareContainer({ setting, cache: given.cache, timer }, { container, image });
  await tell({ venv });
  const { command } = choices;
  if (command !== undefined) {
    const wanted = { command, hasBash: session.facts.hasBash, env: session.env };
    const ended = await timer.run('command', 'the command', () => runCommand(ports, session.run, wanted));
    await session.saveFolders();
    await tell({ command: ended, ...(ended.exitCode === 0 ? {} : unpublished(plan)) });
    if (ended.exitCode !== 0) return outcome;
  } else await session.saveFolders();
  const { name } = choices;
  if (name === undefined) return outcome;
  const done = await timer.run('publish', 'what is published', async () => {
    const origin = { bases: await bases, built };
    return publish({ registry }, name, { plan, digest: image.digest, store: image.store, origin });
  });
  const isThere = reused || plan.push.push;
  await tell({
    digest: done.digest,
    published: isThere ? publishedRef(name, done.digest) : undefined,
    pushed: done.pushed,
    uploaded: done.uploaded,
    pushReason: done.reason,
    floatingMoved: done.floatingMoved,
  });
  return outcome;
}

/** What runs on the machine itself runs before anything is hashed, for it may make what is built. */
async function prepareProject({
  ports,
  env,
  choices,
  project,
  registry,
}: PrebuildSetting): Promise<PrebuildSetting['project']> {
  const isProposed = isProposal(choices.event);
  const features = (id: string) => readFeatureNeeds(registry, id);
  if (isProposed) await refuseHazards({ ...ports, features }, project, choices.allow);
  await runInitializeCommand(ports, project.config.initializeCommand, { folder: project.folder, env });
  // What compose says of files that it cannot read may quote a secret.
  await hideComposeSecrets({ ...ports, env }, project);
  const whole = await withCompose({ ...ports, exec: execWith(ports.exec, env) }, project);
  if (isProposed) await refuseComposeHazards(ports, whole, choices.allow);
  await hideComposeSecrets({ ...ports, env }, whole);
  return whole;
}

function publishedRef(name: PrebuildChoices['name'], digest: PrebuildOutcome['digest']): PrebuildOutcome['published'] {
  return name === undefined ? undefined : { repository: name.repository, digest };
}

/** What fails its own command is published for nobody. */
function unpublished({ push }: PrebuildPlan): Pick<PrebuildOutcome, 'pushReason'> {
  return { pushReason: push.push ? 'command-failed' : push.reason };
}

/** So long a pull request waits for the registry, its attempts included. */
const patienceMs = 15_000;

function hasty(ports: Ports): Ports {
  return { ...ports, http: impatientHttp(ports.http, ports.clock, patienceMs) };
}

function titleOf({ decision }: PrebuildPlan): string {
  return decision.kind === 'reuse' ? 'the published image' : 'the build';
}

async function openSetting(ports: Ports, choices: PrebuildChoices, place: PrebuildPlace): Promise<PrebuildSetting> {
  const { signIn, folder } = choices;
  const project = await readProject(ports.files, folder, choices.config);
  const own = scrubbedEnv(ports.env);
  const config = signIn === undefined ? {} : { DOCKER_CONFIG: await signedInConfig(ports, place.folder, signIn) };
  const env = { ...own, ...config };
  const engine = new Engine({ exec: execWith(ports.exec, env), clock: ports.clock });
  const isPlain = project.kind !== 'compose' && choices.cli.self !== undefined;
  const startPlace = isPlain
    ? startPlaceOf({ ...ports, exec: execWith(ports.exec, env) }, folder, env)
    : Promise.resolve(undefined);
  // It is waited for when the container starts; a run that fails before has no use for it.
  startPlace.catch(() => undefined);
  const platform = await engine.platform();
  if (platform === undefined) throw noEngine();
  const registry = registryFor(ports, signIn);
  return { ports, env, choices, place, project, registry, engine, platform, startPlace };
}

function noEngine(): ToolError {
  return new ToolError({
    code: 'engine-missing',
    what: 'no container engine answers',
    where: 'docker version',
    state: 'nothing was built and no container was started',
    next: 'start it, or set DOCKER_HOST to one that runs; `slipway doctor` looks for it',
  });
}
