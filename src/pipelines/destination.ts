import { createRegistryClient, type RegistryClient } from '../clients/registry/client.ts';
import { dockerCredentials } from '../clients/registry/credentials.ts';
import { impatientHttp } from '../clients/registry/impatient.ts';
import { ConfigError } from '../domain/errors.ts';
import { isRepository, isRepositoryPath, parseRepository } from '../domain/image-ref.ts';
import type { Env } from '../ports/env.ts';
import type { Ports } from '../ports/ports.ts';
import { basesBudgetMs } from '../stages/planning/outside-bases.ts';
import { registryHandler } from '../store/registry/handler.ts';
import { openRegistryFolder } from '../store/repositories.ts';

/** Where a run publishes to. */
export interface Destination extends AsyncDisposable {
  /** A registry host with a path; repositories are named below it. */
  readonly prefix: string;
  readonly registry: RegistryClient;
  /** The folder of the embedded registry, if it is that. */
  readonly embedded: string | undefined;
}

/** A user and a password for one registry. */
export interface SignIn {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** The registry that takes the token of a job; no other gets to see it. */
export const githubRegistry = 'ghcr.io';

/** How that token signs in. */
export function tokenSignIn(token: string): SignIn {
  return { host: githubRegistry, username: 'x-access-token', password: token };
}

/** A client that signs in as it is told to, and elsewhere as Docker does; where nobody did, GitHub's own registry takes the token of the job. */
export function registryFor(ports: Ports, signIn?: SignIn | readonly SignIn[], githubToken?: string): RegistryClient {
  const asDocker = dockerCredentials(ports);
  const signIns = [signIn ?? []].flat();
  return createRegistryClient(ports, {
    plainHttp: plainHttpHosts(ports.env),
    credentials: async (host) => {
      const named = signIns.find((one) => one.host === host);
      if (named !== undefined) return { kind: 'password', username: named.username, password: named.password };
      const found = await asDocker(host);
      if (found !== undefined || host !== githubRegistry || githubToken === undefined) return found;
      const { username, password } = tokenSignIn(githubToken);
      return { kind: 'password', username, password };
    },
  });
}

/** The same ports for what a plan only wants to know about bases: in all it waits so long and no longer. */
export function impatient<P extends Pick<Ports, 'http' | 'clock'>>(ports: P): P {
  return { ...ports, http: impatientHttp(ports.http, ports.clock, basesBudgetMs) };
}

/** Hosts that somebody chose to speak to without TLS, by name: `SLIPWAY_PLAIN_HTTP=registry.lab:5000,other.lab`. */
function plainHttpHosts({ SLIPWAY_PLAIN_HTTP: list = '' }: Env): (host: string) => boolean {
  const hosts = new Set(
    list
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((host) => host !== ''),
  );
  for (const host of hosts) {
    if (isRepository(`${host}/image`)) continue;
    throw new ConfigError({
      code: 'plain-http-invalid',
      what: `${JSON.stringify(host.slice(0, 100))} is no host of a registry`,
      where: 'SLIPWAY_PLAIN_HTTP',
      state: 'nothing was read or written',
      next: 'name hosts with their ports and commas between them, such as registry.lab:5000',
    });
  }
  return (host) => hosts.has(host);
}

/** Opens a registry elsewhere, or the embedded one, which is spoken to in the very same way. */
export async function openDestination(
  ports: Ports,
  inputs: { readonly to: string | undefined; readonly folder: string; readonly configured: string | undefined },
): Promise<Destination> {
  const registry = registryFor(ports);
  if (inputs.to !== undefined) {
    parseRepository(`${inputs.to}/image`, '--to');
    return { prefix: inputs.to, registry, embedded: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  const embedded = `${inputs.folder}/.slipway/registry`;
  const server = await ports.httpServer.listen(registryHandler(openRegistryFolder(ports, embedded)));
  return {
    prefix: `127.0.0.1:${server.port}/${pathFor(inputs)}`,
    registry,
    embedded,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The path that the configuration names, else one made of the folder's name. */
export function pathFor({
  folder,
  configured,
}: {
  readonly folder: string;
  readonly configured: string | undefined;
}): string {
  const path = configured?.slice(configured.indexOf('/') + 1) ?? '';
  if (configured?.includes('/') === true && isRepositoryPath(path)) return path;
  const name = (folder.split('/').at(-1) ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'set' : name;
}
