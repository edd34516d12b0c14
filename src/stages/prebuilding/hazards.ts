import {
  type FoundHazard,
  hazardsIn,
  isLocalFeature,
  notAllowed,
  privilegesIn,
  unpinnedFeatures,
} from '../../domain/devcontainer/refusals.ts';
import { RefusedError } from '../../domain/errors.ts';
import { joinPath } from '../../domain/path.ts';
import { featureFile, featureNeeds, readFeaturePrivileges } from '../../formats/devcontainer-feature.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DevcontainerProject, pathIn } from './project.ts';

/** Refuses what a pull request could do to the machine, before anything of it runs. */
export async function refuseHazards(
  { files }: Pick<Ports, 'files'>,
  project: DevcontainerProject,
  allow: readonly string[],
): Promise<void> {
  const { config, lock, configFile } = project;
  const found = [...hazardsIn(config, Object.keys(lock ?? {}))];
  for (const id of Object.keys(config.features ?? {}).filter(isLocalFeature)) {
    const file = joinPath(pathIn(project, id, 'a Feature'), featureFile);
    const text = await files.readText(joinPath(project.folder, file));
    if (text === undefined) continue;
    found.push(...privilegesIn(readFeaturePrivileges(text, file), file));
    found.push(...unpinnedFeatures(featureNeeds(text, file), Object.keys(lock ?? {})));
  }
  const refused = notAllowed(found, allow);
  if (refused.length > 0) throw hazardRefused(refused, configFile);
}

/** The same for services of compose, which are known only when compose was asked. */
export function refuseComposeHazards({ compose, configFile }: DevcontainerProject, allow: readonly string[]): void {
  const refused = notAllowed(compose?.hazards ?? [], allow);
  if (refused.length > 0) throw hazardRefused(refused, configFile);
}

/** Why a configuration may not be started on the word of a pull request. */
export function hazardRefused(refused: readonly FoundHazard[], where: string): RefusedError {
  const names = [...new Set(refused.map(({ hazard }) => hazard))];
  return new RefusedError({
    code: 'devcontainer-hazard',
    what: `a pull request may not do this to the machine of the run: ${refused.map(({ what }) => what).join('; ')}`,
    where,
    state: 'nothing was published and no container was started',
    next: `where everybody who may open a pull request is trusted, allow it by name with the input allow: ${names.join(', ')}`,
  });
}
