import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from '../../script/commands/lab/lab-error.ts';
import { eventually } from './desk.ts';
import { type Lab, labEnv } from './lab.ts';

const run = promisify(execFile);

/** An engine of version 20.10 with the classic image store, which a test has for itself and may kill. */
export interface OwnEngine extends AsyncDisposable {
  /** What reaches it and keeps its builders apart from those of the lab. */
  readonly env: Readonly<Record<string, string>>;
  docker(...args: readonly string[]): Promise<string>;
  /** Ends it at once, as a machine that runs out of memory does. */
  kill(): Promise<void>;
}

/** Starts an engine in a folder of its own. It has no network of its own: containers have none, or that of the machine. */
export async function openOwnEngine(lab: Lab): Promise<OwnEngine> {
  const program = commandOf(lab, 'dockerd-classic')[0] ?? '';
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-engine-'));
  const programs = path.dirname(program);
  const runtime = path.join(folder, 'runtime');
  await writeFile(runtime, runtimeScript(path.join(programs, 'runc')));
  await chmod(runtime, 0o755);
  const dockerConfig = path.join(folder, 'docker-config');
  await mkdir(dockerConfig);
  const plugins = { cliPluginsExtraDirs: [path.join(lab.dockerConfig, 'cli-plugins')] };
  await writeFile(path.join(dockerConfig, 'config.json'), JSON.stringify(plugins));
  const env = { ...labEnv(lab), DOCKER_HOST: `unix://${folder}/docker.sock`, DOCKER_CONFIG: dockerConfig };
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await run(lab.tools.docker, args, { env, maxBuffer: 16 << 20 })).stdout.trim();
  const options = {
    ...{ host: env.DOCKER_HOST, 'data-root': `${folder}/root`, 'exec-root': `${folder}/exec` },
    ...{ 'config-file': `${folder}/daemon.json`, pidfile: `${folder}/pid`, bridge: 'none', iptables: 'false' },
    ...{ 'ip-masq': 'false', 'add-runtime': `ours=${runtime}`, 'default-runtime': 'ours' },
    ...{ 'init-path': '/usr/bin/tini-static', 'registry-mirror': `http://${lab.mirror}` },
  };
  await writeFile(options['config-file'], '{}');
  await using log = await open(path.join(folder, 'log'), 'a');
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const started = spawn(program, args, {
    // Its own containerd, shim and runc come first: the lab's are years younger.
    env: { PATH: `${programs}:${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ['ignore', log.fd, log.fd],
  });
  await eventually(
    () => docker('version').catch(() => ''),
    (answer) => answer !== '' || started.exitCode !== null,
  );
  if (started.exitCode !== null) throw new Error(await readFile(path.join(folder, 'log'), 'utf8'));
  let child: ChildProcess | undefined = started;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    child = undefined;
  };
  return {
    env,
    docker,
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      if (child !== undefined) {
        const ids = (await docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
        if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids);
        await end('SIGTERM');
      }
      await endContainers(folder);
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A killed engine leaves its containers running, each below a process that names the engine's folder. */
async function endContainers(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('containerd') || !command.includes(`${folder}/`)) continue;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    // With the first process of a container all others in it end.
    for (const one of [...children.split(' ').filter((word) => word !== ''), pid]) killIfThere(Number(one));
  }
}

/** An engine leaves mounts, a killed one more of them, and a mount cannot be removed as a file. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((place) => place.startsWith(`${folder}/`)).reverse()) {
    await run('umount', ['--lazy', mount]).catch(() => undefined);
  }
}

/** An image with the BuildKit of the lab, in an engine that can pull none. */
export async function giveBuildKit(lab: Lab, engine: OwnEngine): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-buildkit-'));
  try {
    const tools = path.dirname(lab.tools.buildctl ?? '');
    const runc = optionOf(commandOf(lab, 'buildkitd'), 'oci-worker-binary');
    const { stdout: libraries } = await run('ldd', [runc]);
    const files = [`${tools}/buildkitd`, `${tools}/buildctl`, runc];
    for (const file of files) await place(file, `${folder}/usr/bin/${path.basename(file)}`);
    for (const [library] of libraries.matchAll(/\/\S+/g)) await place(library, folder + library);
    await mkdir(`${folder}/tmp`);
    const archive = `${folder}.tar`;
    await run('tar', ['--create', '--file', archive, '--directory', folder, '.']);
    const image = 'lab.example/buildkit:own';
    await engine.docker('import', '--change', 'ENTRYPOINT ["buildkitd"]', archive, image);
    await rm(archive);
    return image;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The configuration by which the BuildKit of the lab finds the images of the internet. */
export function buildKitConfig(lab: Lab): string {
  return optionOf(commandOf(lab, 'buildkitd'), 'config');
}

/** The command by which a service of the lab was started. */
export function commandOf(lab: Lab, service: string): readonly string[] {
  const found = lab.processes.find(({ name }) => name === service);
  if (found === undefined) throw new Error(`this test needs the ${service} of the lab: run script/lab up`);
  return found.command;
}

function optionOf(command: readonly string[], name: string): string {
  const prefix = `--${name}=`;
  return command.find((word) => word.startsWith(prefix))?.slice(prefix.length) ?? '';
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** This engine gives a privileged container every capability that the kernel knows, also those that the machine of the tests does not have. */
function runtimeScript(runc: string): string {
  return `#!/bin/sh
before=
for word in "$@"; do
  case $before in
    --bundle) sed -i 's/"CAP_SYS_RESOURCE",//g' "$word/config.json" ;;
    --process) sed -i 's/"CAP_SYS_RESOURCE",//g' "$word" ;;
  esac
  before=$word
done
exec ${runc} "$@"
`;
}

/** A process may end with the one that was killed just before it. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
