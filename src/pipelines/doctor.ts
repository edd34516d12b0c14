import { inspectBuilder } from '../clients/buildx.ts';
import { Engine } from '../clients/engine.ts';
import { buildKitImage } from '../domain/buildkit-image.ts';
import type { Ports } from '../ports/ports.ts';

/** One thing that a machine needs, and what is the case. */
export interface Finding {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'missing';
  readonly text: string;
  /** The command or the act that mends it; empty when nothing is to be mended. */
  readonly fix: string;
}

const wantedBytes = 2 * 1024 ** 3;

/** Looks at this machine: what is there, what is missing, and what mends it. */
export async function doctor(
  ports: Pick<Ports, 'exec' | 'clock' | 'files'>,
  folder: string,
): Promise<readonly Finding[]> {
  return [
    await program(ports, 'docker', ['--version'], 'install Docker'),
    await program(ports, 'buildx', ['buildx', 'version'], 'install the buildx plugin of Docker', 'docker'),
    await engineFinding(ports),
    ...(await builderFindings(ports)),
    await program(ports, 'git', ['--version'], 'install git; without it records name no commit'),
    await spaceFinding(ports, folder),
  ];
}

async function program(
  { exec }: Pick<Ports, 'exec'>,
  name: string,
  args: readonly string[],
  fix: string,
  command = name,
): Promise<Finding> {
  const result = await exec.run(command, args, { timeoutMs: 30_000 });
  if (result.exitCode !== 0) return { name, state: name === 'git' ? 'warning' : 'missing', text: 'not found', fix };
  return { name, state: 'good', text: result.stdout.trim().split('\n')[0] ?? '', fix: '' };
}

async function engineFinding(ports: Pick<Ports, 'exec' | 'clock'>): Promise<Finding> {
  const version = await new Engine(ports).version();
  const fix = 'start the engine, or say with DOCKER_HOST where it is';
  if (version === undefined) return { name: 'engine', state: 'missing', text: 'no engine answers', fix };
  return { name: 'engine', state: 'good', text: version, fix: '' };
}

async function builderFindings({ exec }: Pick<Ports, 'exec'>): Promise<readonly Finding[]> {
  const builder = await inspectBuilder(exec, undefined);
  if (builder === undefined) {
    return [
      { name: 'builder', state: 'missing', text: 'buildx has none that works', fix: 'docker buildx create --use' },
    ];
  }
  const text = `${builder.name} (${builder.driver} driver), BuildKit ${builder.version}`;
  const found: Finding = builder.canExport
    ? { name: 'builder', state: 'good', text, fix: '' }
    : {
        name: 'builder',
        state: 'warning',
        text: `${text} cannot write a build to disk: each run makes one of ${buildKitImage}, and removes it`,
        fix: 'docker buildx create --driver docker-container --use makes one that stays, with its cache',
      };
  const isAlone = builder.platforms
    .filter((platform) => platform.startsWith('linux/'))
    .every((one) => !one.includes('arm64'));
  const platforms: Finding = {
    name: 'platforms',
    state: isAlone ? 'warning' : 'good',
    text: builder.platforms.join(', '),
    fix: isAlone ? 'for linux/arm64 set up emulation: install qemu-user-static and binfmt-support' : '',
  };
  return [found, platforms];
}

async function spaceFinding({ files }: Pick<Ports, 'files'>, folder: string): Promise<Finding> {
  const free = await files.freeBytes(folder);
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free >= wantedBytes) return { name: 'disk', state: 'good', text, fix: '' };
  return { name: 'disk', state: 'warning', text, fix: 'docker buildx prune' };
}
