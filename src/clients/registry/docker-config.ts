import { z } from 'zod';
import { ConfigError } from '../../domain/errors.ts';
import type { Credentials } from './login.ts';

/** What a docker configuration says about one registry. */
export interface DockerLogin {
  /** The program to ask first, and the name under which it knows the registry. */
  readonly helper?: { readonly program: string; readonly server: string };
  /** What the file itself holds. */
  readonly stored?: Credentials;
}

const Login = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
type Login = z.infer<typeof Login>;

const DockerConfig = z.object({
  auths: z.record(z.string(), Login).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/** The name under which `docker login` has always kept Docker Hub. */
const hubServer = 'https://index.docker.io/v1/';

/** Finds what the text of a `config.json` says about a registry host. */
export function readDockerLogin(text: string, host: string, where: string): DockerLogin {
  const config = read(text, where);
  const helper = entryFor(config.credHelpers ?? {}, host) ?? config.credsStore ?? '';
  const login = entryFor(config.auths ?? {}, host);
  const stored = login === undefined ? undefined : credentialsOf(login);
  return {
    ...(helper === '' ? {} : { helper: { program: programOf(helper, where), server: serverOf(host) } }),
    ...(stored === undefined ? {} : { stored }),
  };
}

function serverOf(host: string): string {
  return host === 'docker.io' ? hubServer : host;
}

/** Keys are hosts, with or without a scheme; one with a path of its own speaks of less than the host and is left alone. */
function entryFor<T>(entries: Readonly<Record<string, T>>, host: string): T | undefined {
  const exact = Object.entries(entries).find(([key]) => key === serverOf(host));
  return (exact ?? Object.entries(entries).find(([key]) => hostOfKey(key) === host))?.[1];
}

function hostOfKey(key: string): string | undefined {
  const name = /^(?:https?:\/\/)?([^/]+)(?:\/|\/v[12]\/?)?$/.exec(key.toLowerCase())?.[1];
  return name === 'index.docker.io' || name === 'registry-1.docker.io' ? 'docker.io' : name;
}

function credentialsOf(login: Login): Credentials | undefined {
  if (login.identitytoken) return { kind: 'identity', token: login.identitytoken };
  const pair = login.auth ? decode(login.auth) : `${login.username ?? ''}:${login.password ?? ''}`;
  const colon = pair.indexOf(':');
  if (colon <= 0 || colon === pair.length - 1) return undefined;
  return credentialsFrom(pair.slice(0, colon), pair.slice(colon + 1));
}

/** The user name `<token>` is how credential helpers say that the secret is an identity token. */
export function credentialsFrom(username: string, secret: string): Credentials {
  if (username === '<token>') return { kind: 'identity', token: secret };
  return { kind: 'password', username, password: secret };
}

function decode(base64: string): string {
  try {
    const bytes = Uint8Array.from(atob(base64.trim()), (char) => char.charCodeAt(0));
    // Some writers fill the end with zeros, and docker takes them away.
    return new TextDecoder().decode(bytes).replace(/\0+$/, '');
  } catch {
    return '';
  }
}

function programOf(helper: string, where: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) return `docker-credential-${helper}`;
  throw broken('names a credential helper that is no program name', where);
}

/** No cause is kept: it would quote the file, and that holds secrets. */
function read(text: string, where: string): z.infer<typeof DockerConfig> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('is not JSON', where);
  }
  const config = DockerConfig.safeParse(value);
  if (config.success) return config.data;
  throw broken(`does not fit at ${config.error.issues[0]?.path.slice(0, 1).join('') || 'the beginning'}`, where);
}

function broken(why: string, where: string): ConfigError {
  return new ConfigError({
    code: 'docker-config-invalid',
    what: `the docker configuration ${why}`,
    where,
    state: 'no credentials were read',
    next: 'repair the file, or remove it and log in again',
  });
}
