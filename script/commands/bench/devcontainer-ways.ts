import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openJob } from '../../../test/support/action-step.ts';
import type { FaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { type Lab, labEnv } from '../../../test/support/lab.ts';
import { attempt, run } from '../lab/command.ts';
import { root } from '../project.ts';
import { ScriptError } from '../script.ts';

/** What a job took that works in a dev container. */
export interface JobTook {
  /** From the start of the step to the first word of the command. */
  readonly toCommandMs: number;
  /** Until all is over, the publishing included. */
  readonly totalMs: number;
  readonly builds: number;
  /** Layers and other blobs that were sent to the registry. */
  readonly uploads: number;
  /** Milliseconds for each part, as far as the way says it. */
  readonly parts: Readonly<Record<string, number>>;
}

/** One way to work in a dev container, with a repository of its own whose content nobody else has. */
export interface DevcontainerWay extends AsyncDisposable {
  /** A job on a machine that has the base image and nothing else of it. */
  job(): Promise<JobTook>;
}

/** What both ways need. */
export interface DevcontainerWayOptions {
  readonly lab: Lab;
  /** In all that is made; no other run has it. */
  readonly nonce: string;
  readonly folder: string;
  /** Before the registry, for this way alone. */
  readonly proxy: FaultProxy;
}

/** The machine and its containers have one clock that only goes forward. */
const clockFile = '/proc/uptime';
const command = `cut -d " " -f 1 ${clockFile}`;
const packageMib = 64;
const cli = path.join(root, 'dist/devcontainer-cli/devcontainer.js');

/** A dev container as projects have it: a base, and a layer of tools that differs from project to project. */
async function writeProject({ nonce, folder }: DevcontainerWayOptions): Promise<void> {
  await mkdir(path.join(folder, '.devcontainer'), { recursive: true });
  const config = { name: 'bench', build: { dockerfile: 'Dockerfile' }, postCreateCommand: 'true' };
  const dockerfile = [
    'FROM python:3.11-slim',
    `LABEL slipway.bench=${nonce}`,
    `RUN : ${nonce} && head -c ${packageMib << 20} /dev/urandom > /opt/tools`,
    `COPY settings /etc/${nonce}`,
    '',
  ];
  await writeFile(path.join(folder, '.devcontainer/devcontainer.json'), JSON.stringify(config));
  await writeFile(path.join(folder, '.devcontainer/Dockerfile'), dockerfile.join('\n'));
  await writeFile(path.join(folder, '.devcontainer/settings'), nonce);
}

/** Our way: the action, and its post step. */
export async function bySlipway(options: DevcontainerWayOptions): Promise<DevcontainerWay> {
  const { lab, nonce, folder, proxy } = options;
  await writeProject(options);
  const image = `${proxy.host}/${nonce}/devcontainer`;
  return {
    async job() {
      const before = proxy.log.entries.length;
      await using job = await openJob(lab, { workspace: folder });
      const startMs = await clockMs();
      const step = await job.run('devcontainer-prebuild', { image, run: command });
      if (step.exitCode !== 0) throw new ScriptError(`our step ended with ${step.exitCode}\n${step.stdout}${step.stderr}`);
      const totalMs = (await clockMs()) - startMs;
      const state = Object.fromEntries(Object.entries(step.state).map(([name, value]) => [`STATE_${name}`, value]));
      await job.run('devcontainer-prebuild', {}, { env: state, script: 'post' });
      await forget(options);
      return {
        toCommandMs: toMs(step.outputs['command-output'] ?? '') - startMs,
        totalMs,
        builds: step.stdout.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0,
        uploads: uploadsSince(proxy, before),
        parts: JSON.parse(step.outputs.timings ?? '{}'),
      };
    },
    [Symbol.asyncDispose]: () => forget(options),
  };
}

/** The way of devcontainers/ci: build with what is published as cache, up, exec, and a push after the job. */
export async function byDevcontainersCi(options: DevcontainerWayOptions): Promise<DevcontainerWay> {
  const { lab, nonce, folder, proxy } = options;
  await writeProject(options);
  const image = `${proxy.host}/${nonce}/devcontainer:latest`;
  const env = { ...labEnv(lab), HOME: folder };
  const workspace = ['--workspace-folder', folder];
  const cache = ['--cache-from', image];
  return {
    async job() {
      const before = proxy.log.entries.length;
      const startMs = await clockMs();
      const parts: Record<string, number> = {};
      let builds = 0;
      const part = async (name: string, program: string, args: readonly string[]): Promise<string> => {
        const beginMs = await clockMs();
        const result = await attempt(program, args, { env, cwd: folder });
        if (result.exitCode !== 0) throw new ScriptError(`${name} ended with ${result.exitCode}\n${result.stdout}${result.stderr}`);
        parts[name] = (await clockMs()) - beginMs;
        builds += result.stderr.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0;
        return result.stdout;
      };
      const call = (name: string, ...args: readonly string[]): Promise<string> =>
        part(name, process.execPath, [cli, name, ...workspace, ...args]);
      await call('build', '--image-name', image, ...cache);
      await call('up', ...cache);
      const said = await call('exec', 'bash', '-c', command);
      await part('push', lab.tools.docker, ['push', image]);
      const totalMs = (await clockMs()) - startMs;
      await forget(options);
      return { toCommandMs: toMs(said) - startMs, totalMs, builds, uploads: uploadsSince(proxy, before), parts };
    },
    [Symbol.asyncDispose]: () => forget(options),
  };
}

/** The next job runs on another machine: containers, images and what the builder knows of this way go. */
async function forget({ lab, nonce, folder, proxy }: DevcontainerWayOptions): Promise<void> {
  const env = labEnv(lab);
  const docker = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await run(lab.tools.docker, args, { env })).split('\n').filter((line) => line !== '');
  const label = `label=slipway.bench=${nonce}`;
  const containers = [
    ...(await docker('ps', '--all', '--quiet', '--filter', label)),
    ...(await docker('ps', '--all', '--quiet', '--filter', `label=devcontainer.local_folder=${folder}`)),
  ];
  for (const id of new Set(containers)) await docker('rm', '--force', '--volumes', id);
  const images = await docker('image', 'ls', '--all', '--quiet', '--no-trunc', '--filter', label);
  for (const id of new Set(images)) await attempt(lab.tools.docker, ['image', 'rm', '--force', id], { env });
  for (const text of [nonce, proxy.host]) {
    const args = ['buildx', 'prune', '--builder', lab.builders.engine, '--all', '--force', '--filter', `description~=${text}`];
    await attempt(lab.tools.docker, args, { env });
  }
  await rm(path.join(folder, '.devcontainer/devcontainer-lock.json'), { force: true });
}

function uploadsSince(proxy: FaultProxy, from: number): number {
  return proxy.log.entries.slice(from).filter(({ method, path: asked }) => method === 'PUT' && asked.includes('/blobs/uploads/')).length;
}

async function clockMs(): Promise<number> {
  return toMs(await readFile(clockFile, 'utf8'));
}

function toMs(text: string): number {
  const seconds = Number.parseFloat(text);
  if (Number.isNaN(seconds)) throw new ScriptError(`no time: ${text.slice(0, 200)}`);
  return seconds * 1000;
}
