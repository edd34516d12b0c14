import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBundledCli } from '../../src/adapters/devcontainer-cli.ts';
import { createMachinePorts } from '../../src/adapters/machine-ports.ts';
import { DevcontainerCli } from '../../src/clients/devcontainer.ts';
import { startPlain } from '../../src/stages/prebuild-plain-start.ts';
import { startContainer } from '../../src/stages/prebuild-start.ts';
import { inContainer } from '../../src/stages/prebuilding/in-container.ts';
import { readProject } from '../../src/stages/prebuilding/project.ts';
import type { RunningContainer } from '../../src/stages/prebuilding/running-container.ts';
import { startPlaceOf } from '../../src/stages/prebuilding/start-place.ts';
import { recordingLog } from './fake-log.ts';
import { docker, type Lab, labEnv } from './lab.ts';
import type { OtherUser } from './other-user.ts';

/** A container as it is to be started: an image with its label, a configuration, and what the machine has. */
export interface StartCase {
  readonly dockerfile: readonly string[];
  /** What the label of the image says; none without it. */
  readonly entries?: readonly Readonly<Record<string, unknown>>[];
  /** Of the configuration, beside the image. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The folder of the configuration in its git repository. */
  readonly below?: string;
  /** Variables of the machine, and those that hooks get. */
  readonly env?: Readonly<Record<string, string>>;
  readonly hookEnv?: Readonly<Record<string, string>>;
  /** The hooks run after the start, as where packages are brought back first. */
  readonly isLate?: boolean;
  /** Volumes that its mounts make. */
  readonly volumes?: readonly string[];
  /** Somebody else than the user of this machine starts it. */
  readonly by?: OtherUser;
}

/** All that can be seen of a container that was started. */
export interface SeenStart {
  readonly inspected: unknown;
  readonly started: unknown;
  readonly facts: unknown;
  /** What a command of the user sees. */
  readonly command: readonly string[];
  /** What hooks wrote into the repository. */
  readonly hooks: readonly string[];
  readonly system: readonly string[];
}

/** What hooks write about themselves. */
export function witness(name: string): string {
  const facts = `echo "== ${name} $(id -u):$(id -g) $(pwd)"; cat /proc/self/environ | tr "\\0" "\\n" | sort`;
  return `{ ${facts}; } >> hooks.txt`;
}

/** Starts the same container first by the CLI and then without it, under one label; the second is absent if it was not dared. */
export async function startBoth(
  lab: Lab,
  given: StartCase,
): Promise<{ readonly byCli: SeenStart; readonly plain: SeenStart | undefined; readonly left: number }> {
  const id = `t${randomBytes(6).toString('hex')}`;
  const top = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-start-')));
  const repository = path.join(top, 'a repository');
  const folder = path.join(repository, given.below ?? '');
  const reference = `slipway.test/${id}:1`;
  const log = recordingLog();
  await using machine = createMachinePorts();
  const env = { ...labEnv(lab), HOME: top, ...given.env, ...given.by?.env };
  const exec = {
    run: (...[program, args, more]: Parameters<typeof machine.exec.run>) =>
      machine.exec.run(program, args, { env, ...more }),
  };
  const ports = { ...machine, exec, log };
  const bundled = findBundledCli();
  const program = given.by?.start(bundled) ?? bundled;
  const self = given.by === undefined ? bundled.self : { uid: given.by.uid, gid: given.by.uid };
  if (self === undefined) throw new Error('containers are started without the CLI on Linux alone');
  const made: string[] = [reference];
  try {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    await exec.run('git', ['init', '--quiet', repository]);
    const metadata = JSON.stringify(given.entries ?? []).replaceAll(/["\\$]/g, '\\$&');
    const label = given.entries === undefined ? [] : [`LABEL devcontainer.metadata="${metadata}"`];
    await writeFile(
      path.join(top, 'Dockerfile'),
      [...given.dockerfile, `LABEL slipway.test=${id}`, ...label, ''].join('\n'),
    );
    await docker(lab, 'build', '--quiet', '--tag', reference, top);
    const config = path.join(folder, '.devcontainer.json');
    await writeFile(config, JSON.stringify({ image: reference, ...given.config }));
    await given.by?.give(top);
    const project = await readProject(machine.files, folder, undefined);
    const subject = { folder, config, isLocked: false };
    const cli = new DevcontainerCli(exec, program, { subject, onLine: (line) => log.info(line) });
    const hookEnv = given.isLate === true ? undefined : (given.hookEnv ?? {});
    const owner = `slipway.test=${id}`;
    const see = async (running: RunningContainer): Promise<SeenStart> => {
      const later = running.hasHooks ? await running.runHooks(given.hookEnv ?? {}) : running.facts;
      return seen(lab, { ...running, facts: later }, { ports, env, hooksFile: path.join(folder, 'hooks.txt') });
    };
    const wanted = { project, reference, label: owner, updateUid: true, hookEnv };
    const onImage = async (name: string): Promise<void> => void made.push(name);
    const byCli = await see(
      await startContainer(ports, cli, { ...wanted, owner: ['slipway.test', id], folder: top, onImage }),
    );
    await removeContainers(lab, id);
    const root = (await startPlaceOf(ports, folder, env)) ?? 'nowhere';
    const started = await startPlain(ports, {
      ...wanted,
      hookEnv: given.hookEnv ?? {},
      isLate: given.isLate === true,
      image: undefined,
      root,
      env,
      self,
    });
    return { byCli, plain: started && (await see(started)), left: (await containersOf(lab, id)).length };
  } finally {
    await removeContainers(lab, id);
    for (const name of new Set(made)) await docker(lab, 'image', 'rm', '--force', name).catch(() => undefined);
    for (const name of given.volumes ?? []) await docker(lab, 'volume', 'rm', '--force', name);
    await rm(top, { recursive: true, force: true });
  }
}

async function seen(
  lab: Lab,
  { started, facts }: RunningContainer,
  from: {
    readonly ports: Parameters<typeof inContainer>[0];
    readonly env: Readonly<Record<string, string>>;
    readonly hooksFile: string;
  },
): Promise<SeenStart> {
  const { containerId } = started;
  const run = inContainer(from.ports, { started, facts }, from.env);
  // The name of a container's machine is the beginning of its id.
  const clean = (text: string): string => text.replaceAll(containerId, 'ID').replaceAll(containerId.slice(0, 12), 'ID');
  const script = 'id; pwd; tr "\\0" "\\n" < /proc/self/environ | sort';
  const command = await run(['/bin/sh', '-c', script]);
  // The files by which the CLI remembers that hooks have run stand in the home.
  const homes = 'find /home -name .devcontainer -prune -o -exec stat -c "%u:%g %n" {} + 2> /dev/null || true';
  const files = `cat /etc/environment /etc/profile /etc/passwd /etc/group 2>&1; ls -A /var/devcontainer; ${homes}`;
  const hooks = await readFile(from.hooksFile, 'utf8').catch(() => '');
  await rm(from.hooksFile, { force: true });
  return {
    started: [started.remoteUser, started.remoteWorkspaceFolder],
    facts: JSON.parse(clean(JSON.stringify({ ...facts, env: sorted(facts.env) }))),
    command: clean(command.stdout + command.stderr).split('\n'),
    // How deep a shell is in others, and what it ran last, each says of itself.
    hooks: clean(hooks)
      .split('\n')
      .filter((line) => !/^(?:SHLVL|_)=/.test(line)),
    system: clean(await docker(lab, 'exec', '--user', 'root', containerId, '/bin/sh', '-c', files))
      .split('\n')
      .sort(),
    inspected: inspectedBy(clean(await docker(lab, 'inspect', containerId))),
  };
}

/** All of it that lasts; whether somebody listened at the start does not. */
function inspectedBy(text: string): unknown {
  const [{ Config, HostConfig, Mounts, Path, Args, State }] = JSON.parse(text);
  const { AttachStdout: _, AttachStderr: __, Image: ___, User, ...config } = Config;
  // A layer for the number of the user says the same in another way.
  config.User = User || 'root';
  // Each name is there once, in no order that docker keeps.
  config.Env = [...config.Env].sort();
  return { config, HostConfig, Mounts, Path, Args, status: State.Status };
}

function sorted(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = new Set(['PWD', 'OLDPWD', 'SHLVL', '_']);
  return Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !own.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function removeContainers(lab: Lab, id: string): Promise<void> {
  for (const one of await containersOf(lab, id)) await docker(lab, 'rm', '--force', '--volumes', one);
}

async function containersOf(lab: Lab, id: string): Promise<readonly string[]> {
  const ids = await docker(lab, 'ps', '--all', '--quiet', '--no-trunc', '--filter', `label=slipway.test=${id}`);
  return ids.split('\n').filter((line) => line !== '');
}
