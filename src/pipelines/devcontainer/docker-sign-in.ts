import { joinPath } from '../../domain/path.ts';
import { dockerConfigMembers } from '../../formats/docker-config.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SignIn } from '../destination.ts';
import { authEntry } from '../docker-logins.ts';

/** What Docker keeps beside its configuration; builders and contexts are found there. */
const links = ['buildx', 'cli-plugins', 'contexts'] as const;

/** Writes a configuration of Docker that also signs in where the inputs say so, for as long as a run lasts. */
export async function signedInConfig(
  { files, env, secrets }: Pick<Ports, 'files' | 'env' | 'secrets'>,
  folder: string,
  signIn: SignIn,
): Promise<string> {
  const own = env.DOCKER_CONFIG ?? joinPath(env.HOME ?? '/nonexistent', '.docker');
  const path = `${folder}/docker`;
  const config = dockerConfigMembers(await files.readText(`${own}/config.json`));
  const auths = typeof config.auths === 'object' && config.auths !== null ? config.auths : {};
  const [name, entry] = authEntry({ secrets }, signIn);
  const { credHelpers: _, credsStore: __, ...rest } = config;
  await files.write(`${path}/config.json`, JSON.stringify({ ...rest, auths: { ...auths, [name]: entry } }));
  for (const link of links) {
    const real = await files.realPath(`${own}/${link}`);
    if (real !== undefined) await files.makeLink(`${path}/${link}`, real);
  }
  return path;
}
