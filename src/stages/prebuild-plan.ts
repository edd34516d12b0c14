import type { DevcontainerCli } from '../clients/devcontainer.ts';
import { readOrigin } from '../clients/devcontainer-explain.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { answerOfError, decideBuild, type RegistryAnswer } from '../domain/devcontainer/build-decision.ts';
import { contentHash, contentTag } from '../domain/devcontainer/content-hash.ts';
import type { PublishedName } from '../domain/devcontainer/image-input.ts';
import { asksForOrigin, type RefreshRules, whyRefresh } from '../domain/devcontainer/origin.ts';
import type { PrebuildPlan } from '../domain/devcontainer/prebuild-plan.ts';
import { decidePush, type PushDecision, type PushRules } from '../domain/devcontainer/push-decision.ts';
import type { Digest } from '../domain/digest.ts';
import type { EventFacts } from '../domain/event.ts';
import type { Tag } from '../domain/image-ref.ts';
import type { Ports } from '../ports/ports.ts';
import { refuseBakedSecrets } from './prebuilding/baked-secrets.ts';
import { readBases } from './prebuilding/bases.ts';
import { readHashInputs } from './prebuilding/hash-inputs.ts';
import type { DevcontainerProject } from './prebuilding/project.ts';

/** What is asked of a prebuild before anything is built. */
export interface PrebuildQuestion {
  readonly project: DevcontainerProject;
  readonly event: EventFacts;
  /** Where it is published; nowhere on a machine that only wants the container. */
  readonly name: PublishedName | undefined;
  readonly push: PushRules;
  readonly platforms: readonly string[];
  readonly extraFiles: readonly string[];
  /** `major.minor` of the CLI. */
  readonly cliVersion: string;
  readonly refresh: RefreshRules;
}

type PlanPorts = Pick<Ports, 'clock' | 'env' | 'files' | 'log' | 'secrets'>;

/** Decides before anything is built: what the image is, whether it is published, and whether this run may publish it. */
export async function prebuildPlan(
  ports: PlanPorts,
  clients: { readonly registry: RegistryClient; readonly cli: Pick<DevcontainerCli, 'readConfiguration'> },
  question: PrebuildQuestion,
): Promise<PrebuildPlan> {
  const { project, event, name } = question;
  const { inputs, notes } = await readHashInputs(ports, project, {
    platforms: question.platforms,
    cli: question.cliVersion,
    extraFiles: question.extraFiles,
    featureDigests: () => featureDigests(clients.cli),
  });
  for (const note of notes) ports.log.notice(note, { file: project.configFile });
  const hash = contentHash(inputs);
  const tag = contentTag(hash);
  const push = name === undefined ? noPush : allowed(ports, project, decidePush(event, question.push));
  const answer = name === undefined ? absent : await ask(clients.registry, name, tag, push);
  const refresh =
    push.push && answer.kind === 'there' ? await toRefresh(ports, clients.registry, question, answer) : undefined;
  const decision = decideBuild(answer, { push: push.push, refresh: refresh !== undefined });
  if (decision.kind === 'fail') throw decision.error;
  if (decision.kind === 'build' && answer.kind !== 'absent' && answer.kind !== 'there') {
    ports.log.warning(`${answer.error.code}: ${answer.error.what}; the image is built here, and not published`);
  }
  return { hash, tag, inputs, push, decision, refresh };
}

/** Why an image that is published is built anew. */
async function toRefresh(
  ports: PlanPorts,
  registry: RegistryClient,
  { refresh, name, project, platforms }: PrebuildQuestion,
  { digest }: { readonly digest: Digest },
): Promise<string | undefined> {
  const isRead = name !== undefined && asksForOrigin(refresh);
  const origin = isRead ? await readOrigin(registry, name.repository, digest) : undefined;
  const bases = refresh.mode === 'stale' ? await readBases(ports, registry, { project, platforms }) : {};
  return whyRefresh(refresh, origin, { bases, now: ports.clock.now() });
}

/** What is published may hold no secret; for itself a run may build what it wants. */
function allowed(ports: PlanPorts, project: DevcontainerProject, push: PushDecision): PushDecision {
  if (push.push) refuseBakedSecrets(ports, project);
  return push;
}

const absent: RegistryAnswer = { kind: 'absent' };
const noPush: PushDecision = { push: false, moveFloating: false, reason: 'never' };

async function ask(
  registry: RegistryClient,
  { repository }: PublishedName,
  tag: Tag,
  push: PushDecision,
): Promise<RegistryAnswer> {
  try {
    // Who is going to publish finds out here whether it may.
    const found = await registry.resolve(repository, tag, push.push ? 'push' : 'pull');
    if (found === undefined && push.push) await registry.requirePush(repository);
    return found === undefined ? absent : { kind: 'there', digest: found.digest };
  } catch (error) {
    return answerOfError(error);
  }
}

async function featureDigests(
  cli: Pick<DevcontainerCli, 'readConfiguration'>,
): Promise<Readonly<Record<string, string>>> {
  const { featuresConfiguration } = await cli.readConfiguration();
  const known = (featuresConfiguration?.featureSets ?? []).flatMap(({ sourceInformation, computedDigest }) => {
    const { userFeatureId } = sourceInformation;
    return userFeatureId === undefined || computedDigest === undefined ? [] : [[userFeatureId, computedDigest]];
  });
  return Object.fromEntries(known);
}
