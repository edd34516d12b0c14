import { z } from 'zod';
import { ConfigError, RemoteError, ToolError } from '../domain/errors.ts';
import { scrubbedEnv } from '../domain/scrubbed-env.ts';
import { readJson } from '../formats/json.ts';
import type { Env } from '../ports/env.ts';
import type { Exec } from '../ports/exec.ts';
import { lastLine } from './engine-failure.ts';

/** A run of a workflow, and the repository that it is of, as a browser finds that. */
export interface GithubRun {
  readonly source: string;
  readonly id: string;
}

const RunArtifact = z.object({ name: z.string(), expired: z.boolean() });
/** What a run has uploaded. GitHub forgets the content after some weeks, and keeps the name. */
export type RunArtifact = z.infer<typeof RunArtifact>;

const state = 'nothing was tested';
const listMs = 60_000;
const downloadMs = 3_600_000;

type GithubPorts = { readonly exec: Exec; readonly env: Env };

/** The artifacts of a run, by GitHub's own command line, which knows who is signed in. */
export async function listRunArtifacts(ports: GithubPorts, run: GithubRun): Promise<readonly RunArtifact[]> {
  const { host, path } = placeOf(run);
  const args = ['api', '--hostname', host, '--paginate', '--jq', '.artifacts[] | {name, expired}'];
  const stdout = await gh(ports, run, [...args, `repos/${path}/actions/runs/${run.id}/artifacts?per_page=100`], listMs);
  const about = { code: 'github-failed', what: 'what gh says', where: shown(run), next: 'is gh up to date?' };
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => readJson(line, RunArtifact, about));
}

/** Puts the files of an artifact into a folder. */
export async function downloadRunArtifact(
  ports: GithubPorts,
  run: GithubRun,
  { name, folder }: { readonly name: string; readonly folder: string },
): Promise<void> {
  const { host, path } = placeOf(run);
  const args = ['run', 'download', run.id, '--repo', `${host}/${path}`, '--name', name, '--dir', folder];
  await gh(ports, run, args, downloadMs);
}

async function gh({ exec, env }: GithubPorts, run: GithubRun, args: readonly string[], ms: number): Promise<string> {
  const { GH_TOKEN, GITHUB_TOKEN } = env;
  const token = GH_TOKEN || GITHUB_TOKEN;
  // Of all that is kept from other programs it gets the one thing that is for it.
  const own = { ...scrubbedEnv(env), ...(token === undefined ? {} : { GH_TOKEN: token }), GH_PROMPT_DISABLED: '1' };
  const { exitCode, stdout, stderr } = await exec.run('gh', args, { env: own, timeoutMs: ms });
  if (exitCode === 0) return stdout;
  throw failed(run, exitCode, stderr);
}

function failed(run: GithubRun, exitCode: number, stderr: string): ToolError | ConfigError | RemoteError {
  const parts = { where: shown(run), state };
  if (exitCode === 127) {
    return new ToolError({
      ...parts,
      code: 'gh-missing',
      what: 'artifacts are fetched with gh, the command line of GitHub, and it is not here',
      next: 'install it; or download the artifact slipway-store-KEY in a browser, unpack it, and name its folder with --store',
    });
  }
  if (/HTTP 404/i.test(stderr)) {
    return new ConfigError({
      ...parts,
      code: 'run-unknown',
      what: `GitHub knows no run ${run.id} there`,
      next: 'the number stands in the address of the run; does the remote `origin` name its repository, and may you read it?',
    });
  }
  const isDenied = /HTTP 40[13]|gh auth login|GH_TOKEN/i.test(stderr);
  return new RemoteError({
    ...parts,
    code: isDenied ? 'github-denied' : 'github-failed',
    what: `gh ended with exit code ${exitCode}: ${lastLine(stderr)}`,
    next: isDenied
      ? 'sign in with `gh auth login`, or give a token in GH_TOKEN'
      : 'run again; the artifact can also be downloaded in a browser, and its folder named with --store',
  });
}

function placeOf({ source }: GithubRun): { readonly host: string; readonly path: string } {
  const { host, pathname } = new URL(source);
  return { host, path: pathname.replace(/^\//, '') };
}

function shown({ source, id }: GithubRun): string {
  return `${source}/actions/runs/${id}`;
}
