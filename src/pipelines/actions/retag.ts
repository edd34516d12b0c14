import { readGit } from '../../clients/git.ts';
import { ConfigError } from '../../domain/errors.ts';
import { parseRepository, parseTag } from '../../domain/image-ref.ts';
import { setOf } from '../../domain/image-set.ts';
import { compareVersions, parseVersion } from '../../domain/version.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { repoint } from '../../stages/repoint.ts';
import { proveTagged } from '../../stages/retag.ts';
import { readProject } from '../project.ts';
import { releasePorts } from '../release-ports.ts';
import { findRepointed } from '../repoint-tags.ts';
import { type GatedSet, gateSet, registryOf, type SignInInputs } from './action.ts';
import { sayReport } from './finish-release.ts';
import { tagPlan, tagsByKind } from './standalone.ts';

interface TaggedInputs extends SignInInputs {
  readonly to: readonly string[];
  readonly config?: string | undefined;
  readonly registry?: string | undefined;
}

/** The images of the configuration, as a tag names them now, proven for the files of this checkout. */
export async function gateTagged(
  ports: Ports,
  host: Host,
  inputs: TaggedInputs & { readonly from: string },
): Promise<GatedSet> {
  const git = await readGit(ports.exec, host.workspace);
  const project = await readTagged(ports, host, inputs);
  const from = parseTag(inputs.from, 'the input from');
  const to = inputs.to.map((tag) => parseTag(tag, 'the input to'));
  const registry = registryOf(ports, inputs, parseRepository(`${project.prefix}/image`, 'registry'));
  const carried = await proveTagged(
    { ...ports, registry },
    {
      ...{ ...project, folder: host.workspace, event: host.event, run: host.run, offline: true },
      commit: { id: git.commit, time: git.commitTime, dirty: git.dirty },
    },
    { from, to: tagsByKind(to) },
  );
  const version = to.find((tag) => compareVersions(tag, tag) === 0);
  const plan = tagPlan(host, version === undefined ? null : parseVersion(version, 'the input to'), carried);
  return gateSet(ports, inputs, { plan: { ...plan, commit: git.commit }, set: setOf(plan, []), split: [] });
}

/** Moves a floating tag on purpose, as it was told by exact digests. */
export async function repointTagged(
  ports: ActionPorts,
  host: Host,
  inputs: TaggedInputs & { readonly from: readonly string[]; readonly repoint: string },
): Promise<void> {
  const project = await readTagged(ports, host, inputs);
  const home = parseRepository(`${project.prefix}/image`, 'registry');
  // Refuses what a run of this kind may not do at all.
  tagPlan(host, null, []);
  const wish = { tag: inputs.repoint, from: inputs.from, to: inputs.to };
  const tags = await findRepointed(registryOf(ports, inputs, home), project, wish);
  const driven = releasePorts(ports, {
    ...{ folder: host.workspace, isDesk: false },
    open: (own) => registryOf(own, inputs, home),
  });
  await sayReport(ports, await repoint(driven.ports, tags, driven.facts), 'moved');
}

interface TaggedProject {
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly prefix: string;
}

async function readTagged(ports: Ports, host: Host, inputs: TaggedInputs): Promise<TaggedProject> {
  const { config, configFile } = await readProject(ports, host.workspace, { asked: inputs.config });
  const prefix = inputs.registry ?? config.registry;
  if (prefix !== undefined) return { config, configFile, prefix };
  throw new ConfigError({
    code: 'registry-missing',
    what: 'nothing says where the images are',
    where: configFile,
    state: 'no tag was written',
    next: 'write registry: ghcr.io/OWNER/REPO into it, or give the input registry',
  });
}
