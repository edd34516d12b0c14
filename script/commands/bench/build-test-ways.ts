import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { inParallel } from '../../../src/store/parallel.ts';
import { openArtifacts } from '../../../test/support/action-artifacts.ts';
import { type EndedStep, openJob } from '../../../test/support/action-step.ts';
import type { FaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { type Lab, labEnv } from '../../../test/support/lab.ts';
import { attempt, run } from '../lab/command.ts';
import { ScriptError } from '../script.ts';
import type { ImageKind } from './build-test-images.ts';
import { type Stretch, uncoveredMs } from './own-time.ts';
import { type Sent, sentIn } from './proof-bytes.ts';

/** What some images took, from their sources to the registry. */
export interface Took {
  readonly ms: number;
  readonly sent: Sent;
  /** What neither a child process nor a request to the registry explains; of our way alone. */
  readonly ownMs?: number;
  /** How long requests to the registry were under way. */
  readonly requestsMs?: number;
  /** The programs that were started, as people would write them. */
  readonly children: readonly string[];
}

/** One way of taking images to a registry, with a folder of sources that nobody built before. */
export interface Way extends AsyncDisposable {
  /** Builds, tests and uploads images; the second time everything is in the caches. */
  take(keys: readonly string[]): Promise<Took>;
}

/** What both ways need. */
export interface WayOptions {
  readonly lab: Lab;
  readonly builder: string;
  readonly kind: ImageKind;
  /** In all that is made; no other run has it. */
  readonly nonce: string;
  readonly folder: string;
  /** In which nothing of another way lies: a builder mounts what it knows to be there. */
  readonly registry: string;
  /** Before that registry. */
  readonly proxy: FaultProxy;
}

const Matrix = z.object({ include: z.array(z.object({ row: z.string(), images: z.string() })) });
const Child = z.object({ startMs: z.number(), endMs: z.number(), command: z.array(z.string()) });
const probe = fileURLToPath(new URL('./child-probe.mjs', import.meta.url));

/** As long as those that every image of ours has. */
const labels = [
  ...['--label', `org.opencontainers.image.created=${new Date(0).toISOString().replace('.000', '')}`],
  ...['--label', `org.opencontainers.image.revision=${'0'.repeat(40)}`],
];

/** The way of a pipeline without us: build and load, run, build and push; so many images at once. */
export async function byHand(options: WayOptions, atOnce: number): Promise<Way> {
  const { lab, builder, kind, nonce, folder, registry, proxy } = options;
  const env = labEnv(lab);
  const nameOf = (key: string): string => `${proxy.host}/${nonce}/${key}:1.0.0`;
  const forget = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) await attempt(lab.tools.docker, ['image', 'rm', nameOf(key)], { env });
  };
  const commandsOf = (key: string): readonly (readonly string[])[] => {
    const name = nameOf(key);
    const build = [
      'buildx',
      'build',
      '--builder',
      builder,
      '--quiet',
      ...labels,
      '--tag',
      name,
      path.join(folder, key),
    ];
    return [
      [...build, '--load'],
      ['run', '--rm', name, 'sh', '-c', kind.test],
      [...build, '--push'],
    ];
  };
  for (const key of kind.keys) await kind.write(path.join(folder, key), `${nonce}-${key}`);
  return {
    async take(keys) {
      // The engine of a new job has no image of an earlier one; ours leaves none either.
      await forget(keys);
      const before = proxy.log.entries.length;
      const startMs = nowMs();
      const children: string[] = [];
      await inParallel(keys, atOnce, async (key) => {
        for (const args of commandsOf(key)) {
          await run(lab.tools.docker, args, { env });
          children.push(nameOfCommand(args));
        }
      });
      const ms = nowMs() - startMs;
      return { ms, sent: await sentIn(proxy.log.entries.slice(before), registry), children };
    },
    [Symbol.asyncDispose]: () => forget(kind.keys),
  };
}

/** Our way: steps of build-test, as the jobs of a matrix have them. */
export async function bySlipway(options: WayOptions): Promise<Way> {
  const { lab, builder, kind, nonce, folder, registry, proxy } = options;
  await writeProject(options);
  const artifacts = await openArtifacts();
  const children = path.join(folder, '..', `${nonce}.children`);
  const env = { ...artifacts.env, NODE_OPTIONS: `--import ${probe}`, SLIPWAY_BENCH_CHILDREN: children };
  const job = await openJob(lab, { workspace: folder, env });
  const close = async (): Promise<void> => {
    await job[Symbol.asyncDispose]();
    await artifacts[Symbol.asyncDispose]();
  };
  const planned = await job.run('matrix-generate', kind.isTogether ? { 'max-jobs': '1' } : {});
  if (planned.exitCode !== 0) await close();
  const rows = Matrix.parse(JSON.parse(well(planned).outputs.matrix ?? '')).include;
  return {
    async take(keys) {
      const row = rows.find(({ images }) => images.split(' ').toSorted().join() === keys.toSorted().join())?.row;
      if (row === undefined) throw new ScriptError(`the plan has no row of ${keys.join(' ')} alone`);
      await writeFile(children, '');
      // The second time is another run, and not the same step again.
      for (const name of artifacts.names()) if (name !== 'slipway-plan') artifacts.remove(name);
      const before = proxy.log.entries.length;
      const whole = { startMs: nowMs(), endMs: 0 };
      const { state } = well(await job.run('build-test', { plan: planned.outputs.plan ?? '', row, builder }));
      whole.endMs = nowMs();
      const started = (await readFile(children, 'utf8')).split('\n').filter((line) => line !== '');
      const programs = started.map((line) => Child.parse(JSON.parse(line)));
      const requests = requestsSince(proxy, before);
      // By hand the image stays as well until the next one is taken.
      well(await job.post('build-test', state));
      const ms = whole.endMs - whole.startMs;
      return {
        ms,
        sent: await sentIn(proxy.log.entries.slice(before), registry),
        ownMs: uncoveredMs(whole, [...programs, ...requests]),
        requestsMs: ms - uncoveredMs(whole, requests),
        children: programs.map(
          ({ command, startMs, endMs }) => `${nameOfCommand(command.slice(1))} ${Math.round(endMs - startMs)}`,
        ),
      };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A repository with nothing in it but the images and what is to be done with them. */
async function writeProject({ lab, kind, nonce, folder, proxy }: WayOptions): Promise<void> {
  for (const key of kind.keys) await kind.write(path.join(folder, key), `${nonce}-${key}`);
  const images = Object.fromEntries(kind.keys.map((key) => [key, { context: key, tests: [{ run: kind.test }] }]));
  // The way by hand has no cache in a registry either.
  const config = { registry: `${proxy.host}/${nonce}`, cache: { type: 'none' }, images };
  await writeFile(path.join(folder, 'slipway.yml'), JSON.stringify(config));
  const user = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com'];
  const git = (...args: string[]): Promise<string> =>
    run('git', ['-C', folder, ...user, ...args], { env: labEnv(lab) });
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Images');
}

function well(step: EndedStep): EndedStep {
  if (step.exitCode === 0) return step;
  throw new ScriptError(`a step of ours ended with ${step.exitCode}\n${step.stdout}${step.stderr}`);
}

function requestsSince(proxy: FaultProxy, from: number): readonly Stretch[] {
  return proxy.log.entries.slice(from).map(({ at, durationMs }) => {
    const startMs = Date.parse(at);
    return { startMs, endMs: startMs + durationMs };
  });
}

/** The words that say what a command does, without what it does it to. */
function nameOfCommand(args: readonly string[]): string {
  const words = args.slice(0, args.findIndex((arg) => arg.startsWith('-') || /[:/@]/.test(arg)) >>> 0);
  return words.slice(0, 2).join(' ');
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
