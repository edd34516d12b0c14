import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { LabState } from '../../script/commands/lab/state.ts';
import { labState } from '../../script/commands/project.ts';

export type Lab = LabState;

const run = promisify(execFile);

/** The lab of this checkout. A test that needs it fails without it. */
export function requireLab(): Lab {
  const lab = labState();
  if (lab === undefined) throw new Error('this test needs the lab, and it is not up: run script/lab up');
  return lab;
}

/** The name of the builder that is not the engine's own. */
export function requireRemoteBuilder(lab: Lab): string {
  if (lab.builders.remote === null)
    throw new Error('this test needs a builder beside the engine, and this lab has none: run script/lab up');
  return lab.builders.remote;
}

/** What a program of the lab gets to see; nothing in it is the user's own. */
export function labEnv(lab: Lab): Readonly<Record<string, string>> {
  return {
    DOCKER_HOST: lab.docker.host,
    DOCKER_CONFIG: lab.dockerConfig,
    PATH: [lab.path, path.dirname(lab.tools.docker), process.env.PATH ?? ''].join(':'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** What crane says: a registry client that shares no line with ours. */
export async function crane(lab: Lab, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(lab.tools.crane, args, { env: labEnv(lab), maxBuffer: 16 << 20 });
  return stdout.trim();
}

/** What the engine says. */
export async function docker(lab: Lab, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(lab.tools.docker, args, { env: labEnv(lab), maxBuffer: 16 << 20 });
  return stdout.trim();
}

/** Every tag of a repository, by crane; a repository that nobody pushed to has none. */
export async function tagsOf(lab: Lab, repository: string): Promise<readonly string[]> {
  try {
    return (await crane(lab, 'ls', repository)).split('\n').filter((tag) => tag !== '');
  } catch (error) {
    if (String(error).includes('NAME_UNKNOWN')) return [];
    throw error;
  }
}
