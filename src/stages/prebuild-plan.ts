import type { DevcontainerCli } from '../clients/devcontainer.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { answerOfError, decideBuild, type RegistryAnswer } from '../domain/devcontainer/build-decision.ts';
import { localEnvNames } from '../domain/devcontainer/config.ts';
import { contentHash, contentTag } from '../domain/devcontainer/content-hash.ts';
import type { PublishedName } from '../domain/devcontainer/image-input.ts';
import type { PrebuildPlan } from '../domain/devcontainer/prebuild-plan.ts';
import { decidePush, type PushDecision, type PushRules } from '../domain/devcontainer/push-decision.ts';
import { RefusedError } from '../domain/errors.ts';
import type { EventFacts } from '../domain/event.ts';
import type { Tag } from '../domain/image-ref.ts';
import { isSecretName } from '../domain/secret-name.ts';
import type { Ports } from '../ports/ports.ts';
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
  readonly refresh: boolean;
}

type PlanPorts = Pick<Ports, 'env' | 'files' | 'log' | 'secrets'>;

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
  const push = name === undefined ? noPush : withoutSecrets(ports, project, decidePush(event, question.push));
  const answer = name === undefined ? absent : await ask(clients.registry, name, tag, push);
  const decision = decideBuild(answer, { push: push.push, refresh: question.refresh });
  if (decision.kind === 'fail') throw decision.error;
  if (decision.kind === 'build' && answer.kind !== 'absent' && answer.kind !== 'there') {
    ports.log.warning(`${answer.error.code}: ${answer.error.what}; the image is built here, and not published`);
  }
  return { hash, tag, inputs, push, decision };
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

/** What containerEnv and build arguments take from this machine is in the image, for everybody who pulls it. */
function withoutSecrets(
  ports: Pick<Ports, 'env' | 'log' | 'secrets'>,
  { config, configFile }: DevcontainerProject,
  push: PushDecision,
): PushDecision {
  if (!push.push) return push;
  const baked = localEnvNames(config).filter((name) => {
    const value = ports.env[name] ?? '';
    return value !== '' && (isSecretName(name) || ports.secrets.clean(value) !== value);
  });
  if (baked.length === 0) return push;
  throw new RefusedError({
    code: 'devcontainer-secret',
    what: `the value of ${baked.join(', ')} would be in the image, and everybody who pulls it could read it`,
    where: configFile,
    state: 'nothing was built and nothing was published',
    next: 'take it out of containerEnv and of build.args; remoteEnv and the input env give it to the container alone',
  });
}
