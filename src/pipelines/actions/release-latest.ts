import { ConfigError } from '../../domain/errors.ts';
import { parseRepository, parseTag } from '../../domain/image-ref.ts';
import { setOf } from '../../domain/image-set.ts';
import { joinReports, type ReleaseReport } from '../../domain/release-report.ts';
import { compareVersions, parseVersion } from '../../domain/version.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { push } from '../../stages/push.ts';
import { release } from '../../stages/release.ts';
import { readProject } from '../project.ts';
import { type GatedSet, gateRun, gateSet, needInputs, registryOf, type SignInInputs } from './action.ts';
import { finishRelease } from './finish-release.ts';
import { provenImage, tagPlan, tagsByKind } from './standalone.ts';

/** The inputs of the action. */
export interface ReleaseLatestInputs extends SignInInputs {
  readonly plan?: string | undefined;
  readonly results?: string | undefined;
  readonly from?: string | undefined;
  readonly to: readonly string[];
  readonly config?: string | undefined;
  readonly registry?: string | undefined;
}

/** Moves the floating tags of a set; or gives the images behind one tag other tags, all of them or none. */
export async function releaseLatest(ports: ActionPorts, host: Host, inputs: ReleaseLatestInputs): Promise<void> {
  const { plan, from } = inputs;
  if (plan !== undefined) {
    return finishRelease(ports, await gateRun(ports, host, { ...inputs, plan }), { work: release, count: 'moved' });
  }
  if (from === undefined || inputs.to.length === 0) throw needInputs('release-latest', 'from and to');
  await finishRelease(ports, await gateTagged(ports, host, { ...inputs, from }), { work: retag, count: 'moved' });
}

type Tagging = (...given: Parameters<typeof release>) => Promise<ReleaseReport>;

const retag: Tagging = async (ports, set) => {
  const pushed = await push(ports, set);
  return pushed.state === 'released' || pushed.state === 'unchanged'
    ? joinReports(pushed, await release(ports, set))
    : pushed;
};

/** The images of the configuration, as a tag names them now. */
async function gateTagged(
  ports: ActionPorts,
  host: Host,
  inputs: ReleaseLatestInputs & { readonly from: string },
): Promise<GatedSet> {
  const { config, configFile } = await readProject(ports, host.workspace, { asked: inputs.config });
  const prefix = inputs.registry ?? config.registry;
  if (prefix === undefined) {
    throw new ConfigError({
      code: 'registry-missing',
      what: 'nothing says where the images are',
      where: configFile,
      state: 'no tag was written',
      next: 'write registry: ghcr.io/OWNER/REPO into it, or give the input registry',
    });
  }
  const from = parseTag(inputs.from, 'the input from');
  const to = inputs.to.map((tag) => parseTag(tag, 'the input to'));
  const registry = registryOf(ports, inputs, parseRepository(`${prefix}/image`, 'registry'));
  const carried = await Promise.all(
    Object.entries(config.images).map(async ([key, image]) => {
      const repository = parseRepository(`${prefix}/${image.repository ?? key}`, `images.${key} in ${configFile}`);
      const found = await registry.resolve(repository, from);
      if (found === undefined) throw absent(`${repository}:${from}`);
      return provenImage(registry, { repository, digest: found.digest, tags: tagsByKind(to) });
    }),
  );
  const version = to.find((tag) => compareVersions(tag, tag) === 0);
  const plan = tagPlan(host, version === undefined ? null : parseVersion(version, 'the input to'), carried);
  return gateSet(ports, inputs, { plan, set: setOf(plan, []), split: [] });
}

function absent(name: string): ConfigError {
  return new ConfigError({
    code: 'tag-absent',
    what: `there is no ${name}`,
    where: 'the input from',
    state: 'no tag was written',
    next: 'name a tag that every image of the set has',
  });
}
