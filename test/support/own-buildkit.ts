import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './desk.ts';
import { type Lab, labEnv } from './lab.ts';
import { commandOf, unmountBelow } from './own-engine.ts';

const run = promisify(execFile);

/** A BuildKit that a test has for itself and may kill, with the builder of buildx that reaches it. */
export interface OwnBuildKit extends AsyncDisposable {
  readonly builder: string;
  /** Where that builder is known. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends it at once, as a machine that runs out of memory does. */
  kill(): Promise<void>;
}

/** Starts a BuildKit in a folder of its own, with the programs and the mirrors of that of the lab. */
export async function openOwnBuildKit(lab: Lab): Promise<OwnBuildKit> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-buildkitd-'));
  const own = { addr: `unix://${folder}/sock`, root: `${folder}/root`, 'otel-socket-path': `${folder}/otel.sock` };
  const [program = '', ...given] = commandOf(lab, 'buildkitd');
  const kept = given.filter((word) => !Object.keys(own).some((name) => word.startsWith(`--${name}=`)));
  const args = [...kept, ...Object.entries(own).map(([name, value]) => `--${name}=${value}`)];
  await using log = await open(path.join(folder, 'log'), 'a');
  const child = spawn(program, args, { env: { ...process.env, ...labEnv(lab) }, stdio: ['ignore', log.fd, log.fd] });
  const ended = once(child, 'exit');

  const env = { DOCKER_CONFIG: `${folder}/docker-config` };
  await mkdir(env.DOCKER_CONFIG);
  const plugins = { cliPluginsExtraDirs: [path.join(lab.dockerConfig, 'cli-plugins')] };
  await writeFile(`${env.DOCKER_CONFIG}/config.json`, JSON.stringify(plugins));
  const buildx = (...words: readonly string[]) =>
    run(lab.tools.docker, ['buildx', ...words], { env: { ...labEnv(lab), ...env } });
  await buildx('create', '--name', 'own', '--driver', 'remote', own.addr);
  await eventually(
    async () => {
      const { stdout } = await buildx('inspect', 'own').catch(() => ({ stdout: '' }));
      return /^Status:\s+running/m.test(stdout);
    },
    (isRunning) => isRunning || child.exitCode !== null,
  );
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    builder: 'own',
    env,
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGTERM');
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
