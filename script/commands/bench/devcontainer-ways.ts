import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { openJob } from '../../../test/support/action-step.ts';
import { labEnv } from '../../../test/support/lab.ts';
import { attempt } from '../lab/command.ts';
import { root } from '../project.ts';
import { ScriptError } from '../script.ts';
import type { RegistryCounts } from './counting-registry.ts';
import { type DevcontainerWayOptions, forget, writeProject } from './devcontainer-project.ts';

/** What a job took that works in a dev container. */
export interface JobTook {
  /** From the start of the step to the first word of the command. */
  readonly toCommandMs: number;
  /** Until all is over, the publishing included. */
  readonly totalMs: number;
  readonly builds: number;
  /** Layers and other blobs that were sent to the registry. */
  readonly uploads: number;
  /** What came from the registry, in MiB. */
  readonly received: number;
  /** Milliseconds for each part, as far as the way says it. */
  readonly parts: Readonly<Record<string, number>>;
}

/** One way to work in a dev container, with a repository of its own whose content nobody else has. */
export interface DevcontainerWay extends AsyncDisposable {
  /** A job on a machine that has the base image and nothing else of it. */
  job(): Promise<JobTook>;
}

/** The machine and its containers have one clock that only goes forward. */
const clockFile = '/proc/uptime';
const command = `cut -d " " -f 1 ${clockFile}`;

/** Our way: the action, and its post step. */
export async function bySlipway(options: DevcontainerWayOptions): Promise<DevcontainerWay> {
  const { lab, nonce, folder, registry, user } = options;
  await writeProject(options);
  const image = `${registry.host}/${nonce}/devcontainer`;
  return {
    async job() {
      const before = await registry.counts();
      await using job = await openJob(lab, { workspace: folder, ...(user === undefined ? {} : { user }) });
      const startMs = await clockMs();
      const step = await job.run('devcontainer-prebuild', { image, run: command });
      if (step.exitCode !== 0)
        throw new ScriptError(`our step ended with ${step.exitCode}\n${step.stdout}${step.stderr}`);
      const totalMs = (await clockMs()) - startMs;
      const state = Object.fromEntries(Object.entries(step.state).map(([name, value]) => [`STATE_${name}`, value]));
      await job.run('devcontainer-prebuild', {}, { env: state, script: 'post' });
      await forget(options);
      return {
        toCommandMs: toMs(step.outputs['command-output'] ?? '') - startMs,
        totalMs,
        builds: step.stdout.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0,
        ...since(before, await registry.counts()),
        parts: JSON.parse(step.outputs.timings ?? '{}'),
      };
    },
    [Symbol.asyncDispose]: () => forget(options),
  };
}

/**
 * The way of devcontainers/ci: install the CLI, which a runner does not have, build with what is published as cache, up, exec, and a
 * push after the job. The version is ours, so that both start containers by the same program.
 */
export async function byDevcontainersCi(options: DevcontainerWayOptions): Promise<DevcontainerWay> {
  const { lab, nonce, folder, registry, user } = options;
  await writeProject(options);
  const image = `${registry.host}/${nonce}/devcontainer:latest`;
  const env = { ...labEnv(lab), HOME: folder, ...user?.env };
  const workspace = ['--workspace-folder', folder];
  const cache = ['--cache-from', image];
  return {
    async job() {
      const before = await registry.counts();
      const startMs = await clockMs();
      const parts: Record<string, number> = {};
      let builds = 0;
      const part = async (
        name: string,
        program: string,
        args: readonly string[],
        own: NodeJS.ProcessEnv = env,
      ): Promise<string> => {
        const beginMs = await clockMs();
        const started = user?.start({ program, args }) ?? { program, args };
        const result = await attempt(started.program, started.args, { env: own, cwd: folder });
        if (result.exitCode !== 0)
          throw new ScriptError(`${name} ended with ${result.exitCode}\n${result.stdout}${result.stderr}`);
        parts[name] = (await clockMs()) - beginMs;
        builds += result.stderr.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0;
        return result.stdout;
      };
      await using home = await temporaryFolder();
      await user?.give(home.path);
      await part('install', 'npm', installArgs(home.path, await cliVersion()), {});
      const cli = path.join(home.path, 'lib/node_modules/@devcontainers/cli/devcontainer.js');
      const call = (name: string, ...args: readonly string[]): Promise<string> =>
        part(name, process.execPath, [cli, name, ...workspace, ...args]);
      await call('build', '--image-name', image, ...cache);
      await call('up', ...cache);
      const said = await call('exec', 'bash', '-c', command);
      await part('push', lab.tools.docker, ['push', image]);
      const totalMs = (await clockMs()) - startMs;
      await forget(options);
      return {
        toCommandMs: toMs(said) - startMs,
        totalMs,
        builds,
        ...since(before, await registry.counts()),
        parts,
      };
    },
    [Symbol.asyncDispose]: () => forget(options),
  };
}

/** As on a runner: nothing of it is in npm's cache. */
function installArgs(home: string, version: string): readonly string[] {
  const quiet = ['--silent', '--no-audit', '--no-fund'];
  return [
    'install',
    '--global',
    '--prefix',
    home,
    '--cache',
    `${home}/cache`,
    ...quiet,
    `@devcontainers/cli@${version}`,
  ];
}

async function cliVersion(): Promise<string> {
  const { devDependencies } = Project.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  return devDependencies['@devcontainers/cli'];
}

const Project = z.object({ devDependencies: z.object({ '@devcontainers/cli': z.string() }) });

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const place = await mkdtemp(path.join(tmpdir(), 'slipway-bench-cli-'));
  return { path: place, [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }) };
}

function since(before: RegistryCounts, now: RegistryCounts): Pick<JobTook, 'uploads' | 'received'> {
  return { uploads: now.uploads - before.uploads, received: Math.round((now.sentBytes - before.sentBytes) / 2 ** 20) };
}

async function clockMs(): Promise<number> {
  return toMs(await readFile(clockFile, 'utf8'));
}

function toMs(text: string): number {
  const seconds = Number.parseFloat(text);
  if (Number.isNaN(seconds)) throw new ScriptError(`no time: ${text.slice(0, 200)}`);
  return seconds * 1000;
}
