import { readGit } from '../../clients/git.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan.ts';
import { TestConfig } from '../../formats/config/test.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';
import { parseSlipwayYml } from '../../formats/slipway-yml.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { plan as makePlan } from '../../stages/plan.ts';
import { registryOf, type SignInInputs } from './action.ts';
import { readBakeTarget } from './bake-target.ts';
import type { SecretInputs } from './given-secrets.ts';

/** One image, described by inputs: with a name, or as a target of a bake file. */
export interface OneImage extends SignInInputs, SecretInputs {
  readonly name?: string | undefined;
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly 'bake-target'?: string | undefined;
  readonly 'bake-file': readonly string[];
  readonly test?: string | undefined;
  readonly registry?: string | undefined;
  readonly ssh: readonly string[];
}

interface OneConfig {
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly key: string;
}

const configFile = 'the inputs of build-test';

/** The plan of a single image without any configuration file: as if one had been written from the inputs. */
export async function planOne(ports: ActionPorts, host: Host, one: OneImage): Promise<Plan> {
  const target = one['bake-target'];
  const described = target === undefined ? namedConfig(one) : await targetConfig(ports, host, { ...one, target });
  const git = await readGit(ports.exec, host.workspace);
  const plan = await makePlan(
    { ...ports, registry: registryOf(ports, one, undefined) },
    {
      folder: host.workspace,
      config: described.config,
      configFile: described.configFile,
      prefix: one.registry ?? 'localhost/alone',
      event: host.event,
      run: host.run,
      commit: { id: git.commit, time: git.commitTime, dirty: git.dirty },
      only: [described.key],
      offline: true,
    },
  );
  // Of one whose inputs say everything there is nothing to tell.
  if (target !== undefined) for (const note of described.config.notes) ports.log.notice(note);
  return one.registry === undefined ? { ...plan, rights: { ...plan.rights, stage: false } } : plan;
}

function namedConfig(one: OneImage): OneConfig {
  const key = one.name ?? '';
  const image = {
    context: one.context ?? '.',
    ...(one.dockerfile === undefined ? {} : { dockerfile: one.dockerfile }),
    tests: one.test === undefined ? [] : [{ run: one.test }],
    secrets: askedSecrets(one),
    ssh: one.ssh,
  };
  const written = parsed(one, { images: { [key]: image }, 'allow-untested': [key] });
  const found = { texts: {}, pythonVersions: [], sources: [], isDiscovered: false, matrix: {}, notes: [] };
  return { config: { ...written, images: written.images ?? {}, ...found }, configFile, key };
}

/** The target as its file describes it; what the inputs say beside that comes on top. */
async function targetConfig(
  ports: ActionPorts,
  host: Host,
  one: OneImage & { readonly target: string },
): Promise<OneConfig> {
  for (const name of ['context', 'dockerfile'] as const) if (one[name] !== undefined) throw notBoth(name);
  const files = one['bake-file'];
  const { key, source, found, image } = await readBakeTarget(ports, host.workspace, { target: one.target, files });
  const secrets = parsed(one, { images: { [key]: { secrets: askedSecrets(one) } } }).images?.[key]?.secrets;
  const own = {
    ...image,
    ...(one.name === undefined ? {} : { repository: one.name }),
    ...(one.test === undefined ? {} : { tests: [TestConfig.parse({ run: one.test })] }),
    secrets: { ...image.secrets, ...secrets },
    ssh: [...image.ssh, ...one.ssh],
  };
  const images = { ...found.images, [key]: own };
  const config = { ...parsed(one, { 'allow-untested': Object.keys(images) }), ...found, images };
  return { config, configFile: source, key };
}

/** JSON is YAML: the same reader gives the same checks and the same words. Without a registry there is no place where a cache could lie. */
function parsed(one: OneImage, config: object): ReturnType<typeof parseSlipwayYml> {
  const cache = one.registry === undefined ? { cache: { type: 'none' } } : {};
  return parseSlipwayYml(JSON.stringify({ ...cache, ...config }), configFile);
}

/** What is given is what the image asks for; a run that is given no secrets has their ids alone. */
function askedSecrets(one: OneImage): object {
  return Object.fromEntries([
    ...one.secrets.map(({ id }) => [id, { env: id }] as const),
    ...one['secret-envs'].map(({ id, value }) => [id, { env: value || id }] as const),
    ...one['secret-files'].map(({ id, value }) => [id, { file: value || id }] as const),
  ]);
}

function notBoth(name: string): ConfigError {
  return new ConfigError({
    code: 'input-invalid',
    what: `the inputs bake-target and ${name} say two things: the bake file names the ${name}`,
    where: `with: ${name}`,
    state: 'nothing was built',
    next: 'leave one of them out',
  });
}
