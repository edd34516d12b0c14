import type { BuildOptions, BuildSecret } from '../../domain/build-options.ts';
import { RefusedError } from '../../domain/errors.ts';
import { joinPath } from '../../domain/path.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import { scrubbedEnv } from '../../domain/scrubbed-env.ts';
import type { Ports } from '../../ports/ports.ts';

/** What somebody gave for a secret, in place of where the configuration looks for it. */
export type GivenSecret = { readonly value: string } | Pick<BuildSecret, 'from' | 'name'>;

/** The options of a build with the secrets that are there, and the environment that holds them. */
export interface FoundSecrets {
  readonly options: BuildOptions;
  /** Absent where neither a secret nor a sign-in is a variable: then a build has the environment of every program. */
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** Where the secrets of a build are looked for. */
export interface SecretSearch {
  readonly image: PlannedImage;
  /** The repository's folder. */
  readonly folder: string;
  /** By id. */
  readonly secrets?: ReadonlyMap<string, GivenSecret> | undefined;
  /** What signs Docker in for the build, as its own variable says it. */
  readonly logins?: string | undefined;
  /** The run is one that is given no secrets: whether they matter the Dockerfile says. */
  readonly mayLackSecrets?: boolean | undefined;
}

type SearchPorts = Pick<Ports, 'env' | 'files' | 'secrets'> & { readonly log: Pick<Ports['log'], 'notice'> };

/** Looks for the secrets of a build. One that may be missing, and is, is left out; any other is asked for. */
export async function findSecrets(ports: SearchPorts, search: SecretSearch): Promise<FoundSecrets> {
  const { options, key } = search.image;
  const found: BuildSecret[] = [];
  const variables: Record<string, string> = {};
  for (const [place, secret] of options.secrets.entries()) {
    const { id } = secret;
    const source = search.secrets?.get(id) ?? secret;
    const isGiven = 'value' in source;
    // Of ours, lest it takes the place of a variable that docker reads; no other program gets to see it.
    const name = isGiven ? `SLIPWAY_SECRET_${place}` : source.name;
    if (isGiven || source.from === 'env') {
      const value = isGiven ? source.value : ports.env[name];
      // A secret that a workflow may not see arrives as an empty text.
      if (value !== undefined && value !== '') {
        ports.secrets.add(value);
        variables[name] = value;
        found.push({ id, from: 'env', name });
        continue;
      }
    } else {
      const path = name.startsWith('/') ? name : joinPath(search.folder, name);
      if ((await ports.files.facts(path)) !== undefined) {
        found.push({ id, from: 'file', name: path });
        continue;
      }
    }
    const why = !isGiven && source.from === 'file' ? `there is no file ${name}` : `${name} is not set`;
    if (secret.optional !== true && search.mayLackSecrets !== true) throw noSecret(key, id, why);
    ports.log.notice(`${key} is built without the secret ${id}: ${why}`);
  }
  if (search.logins !== undefined) variables.DOCKER_AUTH_CONFIG = search.logins;
  Object.assign(variables, cacheService(search.image, ports.env));
  const isInEnv = Object.keys(variables).length > 0;
  return {
    options: { ...options, secrets: found },
    env: isInEnv ? { ...scrubbedEnv(ports.env), ...variables } : undefined,
  };
}

/** What buildx asks the cache of GitHub Actions with; a build does not see it, nor does any other program. */
function cacheService({ cache }: PlannedImage, env: Ports['env']): Readonly<Record<string, string>> {
  if (![...cache.from, ...cache.to].some((one) => one.startsWith('type=gha'))) return {};
  return Object.fromEntries(cacheVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

const cacheVariables = [
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_CACHE_URL',
  'ACTIONS_RESULTS_URL',
  'ACTIONS_CACHE_SERVICE_V2',
];

function noSecret(key: string, id: string, why: string): RefusedError {
  return new RefusedError({
    code: 'secret-missing',
    what: `${key} asks for the secret ${id}, and nobody gave it: ${why}`,
    where: `secrets of ${key}`,
    state: 'nothing of this image was built',
    next: `give it there, or by the input secrets of build-test as ${id}=…; with optional: true the image is built without it too`,
  });
}
