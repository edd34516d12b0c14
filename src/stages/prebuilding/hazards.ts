import { isLocalFeature, isPinnedFeature, unpinnedFeatures } from '../../domain/devcontainer/feature-pins.ts';
import type { TakenPath } from '../../domain/devcontainer/mounts.ts';
import {
  type FoundHazard,
  hazardsIn,
  notAllowed,
  pathsOfPrivileges,
  pathsTakenBy,
  privilegesIn,
} from '../../domain/devcontainer/refusals.ts';
import { RefusedError } from '../../domain/errors.ts';
import { cleanPath, joinPath } from '../../domain/path.ts';
import { featureFile, featureNeeds, readFeaturePrivileges } from '../../formats/devcontainer-feature.ts';
import type { Files } from '../../ports/files.ts';
import type { Ports } from '../../ports/ports.ts';
import { composeFilesOf, dotEnvFilesOf } from './compose.ts';
import { composeReadHazards } from './compose-reads.ts';
import { type DevcontainerProject, dockerfileOf, pathIn } from './project.ts';

/** What a Feature needs that its digest names; undefined where nothing says it. */
export type FeatureNeeds = (id: string) => Promise<readonly string[] | undefined>;

/** Refuses what a pull request could do to the machine, before anything of it runs. */
export async function refuseHazards(
  { files, features }: Pick<Ports, 'files'> & { readonly features: FeatureNeeds },
  project: DevcontainerProject,
  allow: readonly string[],
): Promise<void> {
  const { config, lock, configFile } = project;
  const found = [...hazardsIn(config, Object.keys(lock ?? {}))];
  const paths = [{ what: 'the configuration', path: configFile }, ...pathsTakenBy(config), ...readPaths(project)];
  const named = Object.keys(config.features ?? {});
  for (const id of named.filter(isLocalFeature)) {
    const path = pathIn(project, id, 'a Feature');
    paths.push({ what: 'a Feature', path });
    const file = joinPath(path, featureFile);
    const text = await files.readText(joinPath(project.folder, file));
    if (text === undefined) continue;
    const asked = readFeaturePrivileges(text, file);
    found.push(...privilegesIn(asked, file));
    paths.push(...pathsOfPrivileges(asked, file));
    const needs = featureNeeds(text, file);
    found.push(...unpinnedFeatures(needs, Object.keys(lock ?? {})));
    named.push(...needs);
  }
  if (project.kind === 'compose') {
    const reads = await composeReadHazards(files, project);
    found.push(...reads.hazards);
    paths.push(...reads.paths);
  }
  // A lock file names all that is needed, and the build holds to it.
  if (lock === undefined) found.push(...(await neededHazards(features, named)));
  found.push(...(await linkHazards(files, project.folder, paths)));
  const refused = notAllowed(found, allow);
  if (refused.length > 0) throw hazardRefused(refused, configFile);
}

/** A Feature that its digest names stays as it is; what it needs may be named otherwise. */
async function neededHazards(features: FeatureNeeds, named: readonly string[]): Promise<readonly FoundHazard[]> {
  const found: FoundHazard[] = [];
  const seen = new Set<string>();
  const open = [...named];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    if (!isPinnedFeature(id) || seen.has(id)) continue;
    seen.add(id);
    const needs = await features(id);
    if (needs === undefined)
      found.push({ hazard: 'unpinned-features', what: `what the Feature ${id} needs cannot be read` });
    found.push(...unpinnedFeatures(needs ?? [], []));
    open.push(...(needs ?? []));
  }
  return found;
}

/** What is read on this machine before anything starts. */
function readPaths(project: DevcontainerProject): readonly TakenPath[] {
  if (project.kind === 'compose')
    return [...composeFilesOf(project), ...dotEnvFilesOf(project)].map((path) => ({ what: 'a compose file', path }));
  if (project.kind === 'image') return [];
  const { dockerfile, context } = dockerfileOf(project);
  return [
    { what: 'the Dockerfile', path: dockerfile },
    { what: 'the build context', path: context },
  ];
}

/** Links follow no rule about how a path is written: what lies elsewhere in truth is as good as a path of the machine. */
export async function linkHazards(
  files: Pick<Files, 'facts' | 'realPath'>,
  folder: string,
  paths: readonly TakenPath[],
): Promise<readonly FoundHazard[]> {
  if (paths.length === 0) return [];
  const root = (await files.realPath(folder)) ?? folder;
  const found: FoundHazard[] = [];
  for (const { what, path } of paths) {
    // Some readers follow links before `..`, and some after it.
    const ways = [...new Set([path, cleanPath(path)])];
    const isOut = await Promise.all(ways.map((way) => leadsElsewhere(files, joinPath(folder, way), root)));
    if (isOut.includes(true))
      found.push({
        hazard: 'host-mount',
        what: `${what} takes ${path.slice(0, 200)}, and a link leads out of the repository there`,
      });
  }
  return found;
}

/** What is missing is made by some engines, and so counts by the folder that it would be in. */
async function leadsElsewhere(files: Pick<Files, 'facts' | 'realPath'>, path: string, root: string): Promise<boolean> {
  const real = await files.realPath(path);
  if (real !== undefined) return real !== root && !real.startsWith(`${root.replace(/\/$/, '')}/`);
  if ((await files.facts(path))?.kind === 'link') return true;
  const parent = path.slice(0, path.lastIndexOf('/'));
  return parent === '' || leadsElsewhere(files, parent, root);
}

/** The same for services of compose, which are known only when compose was asked. */
export async function refuseComposeHazards(
  { files }: Pick<Ports, 'files'>,
  { compose, configFile, folder }: DevcontainerProject,
  allow: readonly string[],
): Promise<void> {
  const { hazards = [], paths = [] } = compose ?? {};
  const refused = notAllowed([...hazards, ...(await linkHazards(files, folder, paths))], allow);
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
