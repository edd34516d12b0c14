import { dockerCredentials } from '../clients/registry/credentials.ts';
import { dockerConfigMembers } from '../formats/docker-config.ts';
import type { Ports } from '../ports/ports.ts';
import { githubRegistry, type SignIn, tokenSignIn } from './destination.ts';

/**
 * What signs Docker in for a build as an action is signed in, so that BuildKit finds private bases and caches: the text of
 * DOCKER_AUTH_CONFIG, which Docker reads beside its own configuration, and which stands in no file.
 */
export async function dockerLogins(
  ports: Pick<Ports, 'exec' | 'files' | 'env' | 'secrets'>,
  signIns: readonly SignIn[],
  githubToken: string | undefined,
): Promise<string | undefined> {
  const isNamed = signIns.some(({ host }) => host === githubRegistry);
  const needsToken = githubToken !== undefined && !isNamed && !(await dockerCredentials(ports)(githubRegistry));
  const all = needsToken ? [...signIns, tokenSignIn(githubToken)] : signIns;
  if (all.length === 0) return undefined;
  const known = dockerConfigMembers(ports.env.DOCKER_AUTH_CONFIG).auths;
  const auths = Object.fromEntries(all.map((one) => authEntry(ports, one)));
  return JSON.stringify({ auths: { ...(typeof known === 'object' ? known : {}), ...auths } });
}

/** A sign-in as a configuration of Docker has it. */
export function authEntry(
  { secrets }: Pick<Ports, 'secrets'>,
  { host, username, password }: SignIn,
): readonly [string, { readonly auth: string }] {
  const auth = btoa(String.fromCodePoint(...new TextEncoder().encode(`${username}:${password}`)));
  secrets.add(auth);
  // Docker knows its hub by an address of old.
  return [host === 'docker.io' ? 'https://index.docker.io/v1/' : host, { auth }];
}
