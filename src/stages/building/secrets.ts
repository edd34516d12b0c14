import type { BuildOptions, BuildSecret } from '../../domain/build-options.ts';
import { joinPath } from '../../domain/path.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import { scrubbedEnv } from '../../domain/scrubbed-env.ts';
import type { Ports } from '../../ports/ports.ts';

/** The options of a build with the secrets that are there, and the environment that holds them. */
export interface FoundSecrets {
  readonly options: BuildOptions;
  /** Absent where no secret is a variable: then a build has the environment of every program. */
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** Looks for the secrets of a build. One that is not there is left out: whether that matters the Dockerfile says. */
export async function findSecrets(
  { env, files, log }: Pick<Ports, 'env' | 'files' | 'log'>,
  { image, folder }: { readonly image: PlannedImage; readonly folder: string },
): Promise<FoundSecrets> {
  const { options, key } = image;
  const found: BuildSecret[] = [];
  const variables: Record<string, string> = {};
  for (const secret of options.secrets) {
    const { id, from, name } = secret;
    const value = from === 'env' ? env[name] : undefined;
    // A secret that a workflow may not see arrives as an empty text.
    if (value !== undefined && value !== '') variables[name] = value;
    const path = name.startsWith('/') ? name : joinPath(folder, name);
    const isThere = from === 'env' ? name in variables : (await files.facts(path)) !== undefined;
    if (isThere) found.push(from === 'env' ? secret : { ...secret, name: path });
    else
      log.notice(
        `${key} is built without the secret ${id}: ${from === 'env' ? `${name} is not set` : `there is no file ${name}`}`,
      );
  }
  const isInEnv = Object.keys(variables).length > 0;
  return { options: { ...options, secrets: found }, env: isInEnv ? { ...scrubbedEnv(env), ...variables } : undefined };
}
