import { DevcontainerCli } from '../../clients/devcontainer.ts';
import type { Engine } from '../../clients/engine.ts';
import { ownerLabel } from '../../clients/engine-container.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import { composeProjectName } from '../../domain/devcontainer/compose.ts';
import type { PrebuildPlan } from '../../domain/devcontainer/prebuild-plan.ts';
import { isProposal } from '../../domain/devcontainer/proposal.ts';
import { notAllowed } from '../../domain/devcontainer/refusals.ts';
import { joinPath } from '../../domain/path.ts';
import type { Platform } from '../../domain/platform.ts';
import type { Ports } from '../../ports/ports.ts';
import { buildImage, type EngineSide, type PrebuiltImage, reuseImage } from '../../stages/prebuild-image.ts';
import { type BuildSubject, writeBuildSubject } from '../../stages/prebuilding/compose.ts';
import { hazardRefused, linkHazards } from '../../stages/prebuilding/hazards.ts';
import type { DevcontainerProject } from '../../stages/prebuilding/project.ts';
import { type NoteName, nameNotes } from '../../stages/testing/engine-names.ts';
import { openBuilder } from '../builder.ts';
import type { PrebuildChoices, PrebuildPlace } from './choices.ts';
import { execWith } from './exec-with.ts';

/** The ports of a run with the environment that its programs see. */
export interface PrebuildSetting {
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string>>;
  readonly choices: PrebuildChoices;
  readonly place: PrebuildPlace;
  readonly project: DevcontainerProject;
  readonly registry: RegistryClient;
  readonly engine: Engine;
  /** What the engine runs. */
  readonly platform: Platform;
  /** The folder that git says the repository is in; absent where only the CLI can start its container. */
  readonly startPlace: Promise<string | undefined>;
}

/** The label of all that a run makes; by it what a killed run left is found. */
export function ownerOf({ owner }: PrebuildPlace): readonly [string, string] {
  return [ownerLabel, owner];
}

/** The label of the container that people work in; services beside it have only that of the run. */
export function labelOf({ place, project }: Pick<PrebuildSetting, 'place' | 'project'>): string {
  return `${project.compose === undefined ? ownerLabel : 'slipway.devcontainer'}=${place.owner}`;
}

/** Where the names are written down that a run gives to images of the engine, for the step that takes them away. */
export function notesOf({ ports, place }: Pick<PrebuildSetting, 'ports' | 'place'>): NoteName {
  return nameNotes(ports.files, joinPath(place.folder, 'devcontainer'));
}

/** The CLI for the configuration of a run. */
export function cliOf(
  setting: PrebuildSetting,
  more: { builder?: string; subject?: BuildSubject } = {},
): DevcontainerCli {
  const { ports, choices, project } = setting;
  const { builder } = more;
  const env = cliEnv(setting);
  const exec = execWith(ports.exec, builder === undefined ? env : { ...env, BUILDX_BUILDER: builder });
  const { folder } = project;
  const own = more.subject ?? { folder, config: joinPath(folder, project.configFile) };
  const subject = { ...own, isLocked: project.lock !== undefined };
  return new DevcontainerCli(exec, choices.cli, { subject, onLine: (line) => ports.log.info(line) });
}

/** Two runs in one repository have two projects of compose. */
function cliEnv({ env, project, place }: PrebuildSetting): Readonly<Record<string, string>> {
  return project.compose === undefined ? env : { ...env, COMPOSE_PROJECT_NAME: composeProjectName(place.owner) };
}

/** Brings the image into the engine: the published one, or one that is built now. */
export async function bringPrebuilt(setting: PrebuildSetting, plan: PrebuildPlan): Promise<PrebuiltImage> {
  const { ports, env, choices, place, registry } = setting;
  const exec = execWith(ports.exec, env);
  const { engine, platform } = setting;
  const noteName = notesOf(setting);
  const side: EngineSide = { engine, platform, noteName, folder: place.folder };
  const { decision } = plan;
  if (decision.kind === 'reuse' && choices.name !== undefined) {
    const { repository } = choices.name;
    return reuseImage({ ...ports, exec }, side, { registry, repository, digest: decision.digest });
  }
  const image = await built({ ...setting, ports: { ...ports, exec } }, plan, side);
  if (!isProposal(choices.event)) return image;
  const links = await linkHazards(ports.files, setting.project.folder, image.paths);
  const refused = notAllowed([...image.hazards, ...links], choices.allow);
  if (refused.length > 0) throw hazardRefused(refused, setting.project.configFile);
  return image;
}

async function built(setting: PrebuildSetting, plan: PrebuildPlan, side: EngineSide): Promise<PrebuiltImage> {
  const { ports, choices, place } = setting;
  const own = { owner: place.owner, onMake: place.onBuilder };
  await using opened = await openBuilder(ports, choices.builder, own);
  const { compose } = setting.project;
  const subject = await writeBuildSubject(ports, setting.project, joinPath(place.folder, 'compose'));
  const cli = cliOf(setting, { builder: opened.builder.name, ...(subject === undefined ? {} : { subject }) });
  const { name } = choices;
  const isRefresh = plan.decision.kind === 'build' && plan.decision.why === 'refresh';
  return buildImage(ports, side, {
    cli,
    build: {
      imageName: name === undefined ? `slipway.local/devcontainer:${plan.tag}` : `${name.repository}:${plan.tag}`,
      platforms: choices.platforms.some((one) => one !== setting.platform) ? choices.platforms : [],
      cacheFrom: [
        ...(name === undefined ? [] : [`${name.repository}:${name.floating}`]),
        ...(compose?.build?.cacheFrom ?? []),
        ...choices.cacheFrom,
      ],
      cacheTo: choices.cacheTo,
      noCache: isRefresh,
    },
  });
}
