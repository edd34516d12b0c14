import { z } from 'zod';
import { ToolError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { credentialsFrom, type DockerLogin, readDockerLogin } from './docker-config.ts';
import type { Credentials, FindCredentials } from './login.ts';

const helperTimeoutMs = 30_000;

const HelperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** Finds credentials where `docker login` keeps them; each registry is looked up once. */
export function dockerCredentials(ports: Pick<Ports, 'exec' | 'files' | 'env'>): FindCredentials {
  const found = new Map<string, Promise<Credentials | undefined>>();
  return (host) => {
    const known = found.get(host) ?? find(ports, host);
    found.set(host, known);
    // A helper that failed may work the next time.
    known.catch(() => found.delete(host));
    return known;
  };
}

async function find(ports: Pick<Ports, 'exec' | 'files' | 'env'>, host: string): Promise<Credentials | undefined> {
  const { DOCKER_CONFIG: folder, HOME, USERPROFILE } = ports.env;
  const home = HOME || USERPROFILE;
  if (!folder && !home) return undefined;
  const path = `${folder || `${home}/.docker`}/config.json`;
  const text = await ports.files.readText(path);
  if (text === undefined) return undefined;
  const login = readDockerLogin(text, host, path);
  const helped = login.helper === undefined ? undefined : await askHelper(ports.exec, login.helper, path);
  return helped ?? login.stored;
}

/** https://github.com/docker/docker-credential-helpers: the server goes in, JSON or "not found" comes out. */
async function askHelper(
  exec: Ports['exec'],
  helper: NonNullable<DockerLogin['helper']>,
  path: string,
): Promise<Credentials | undefined> {
  const { program, server } = helper;
  const result = await exec.run(program, ['get'], { stdin: server, timeoutMs: helperTimeoutMs });
  if (result.exitCode === 0) {
    const answer = parse(result.stdout);
    if (answer !== undefined) return answer.Secret === '' ? undefined : credentialsFrom(answer.Username, answer.Secret);
  } else if (/credentials not found/i.test(`${result.stdout}\n${result.stderr}`)) return undefined;
  // What it printed may be half a secret, so none of it is repeated.
  throw new ToolError({
    code: 'credential-helper-failed',
    what:
      result.exitCode === 127
        ? `${program} was not found`
        : `${program} gave no credentials for ${server} (exit code ${result.exitCode})`,
    where: path,
    state: 'nobody was logged in',
    next: `install or repair ${program}, or take it out of ${path} and log in again`,
  });
}

function parse(text: string): z.infer<typeof HelperAnswer> | undefined {
  try {
    return HelperAnswer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
