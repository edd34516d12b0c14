import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startDebian } from '../../../test/support/fault-proxy/debian-registry.ts';
import { startFaultProxy } from '../../../test/support/fault-proxy/proxy.ts';
import { type Lab, labEnv } from '../../../test/support/lab.ts';
import { attempt } from '../lab/command.ts';
import { labState, root } from '../project.ts';
import { ScriptError } from '../script.ts';
import { busyboxSet, type ImageKind, pythonImage } from './build-test-images.ts';
import { type Measured, type RoundTook, reportBuilds, type WayName, wayNames } from './build-test-report.ts';
import { byHand, bySlipway, type Took, type Way, type WayOptions } from './build-test-ways.ts';
import { seconds } from './registry-report.ts';

const kinds = ['set', 'steps', 'python'] as const;
/** As many as our step has on their way at once. */
const AT_ONCE = 4;
const builders = ['remote', 'engine'] as const;

/** Takes images to a registry, by steps of ours and by hand, image by image in turn and on the same builder. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: 'string', multiple: true, default: ['set', 'python'] },
      builder: { type: 'string', multiple: true, default: [...builders] },
      rounds: { type: 'string', default: '3' },
      children: { type: 'boolean', default: false },
    },
  });
  if (!/^[1-9][0-9]?$/.test(values.rounds)) throw new ScriptError('--rounds takes a whole number from 1 to 99');
  const rounds = Number(values.rounds);
  const lab = labState();
  if (lab === undefined) throw new ScriptError('this needs the lab, and it is not up: run script/lab up');
  if (!existsSync(path.join(root, 'dist/index.js'))) throw new ScriptError('there is no dist/; run script/build');
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
  try {
    const all: Measured[] = [];
    for (const name of values.images) {
      const kind = await kindNamed(name, folder);
      for (const builder of values.builder) all.push(...(await benchOn({ lab, kind, builder, rounds, folder })));
    }
    return reportBuilds(all, rounds, values.children) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Bench {
  /** Which way goes first. */
  readonly turn?: number;
  readonly lab: Lab;
  readonly kind: ImageKind;
  readonly builder: string;
  readonly rounds: number;
  readonly folder: string;
}

/** Cold and warm, once for each round; before that one image that does not count brings the base. */
async function benchOn(bench: Bench): Promise<readonly Measured[]> {
  const name = builderNamed(bench.lab, bench.builder);
  await roundOn({ ...bench, kind: { ...busyboxSet(true), keys: ['warm-up'] } }, name);
  const found = new Map<string, Measured>();
  for (let round = 1; round <= bench.rounds; round += 1) {
    const totals = await roundOn({ ...bench, turn: 2 * round }, name);
    for (const [state, took] of Object.entries(totals)) {
      const measured = found.get(state) ?? { kind: bench.kind, builder: bench.builder, state, took: [] };
      found.set(state, { ...measured, took: [...measured.took, took] });
      const [ours, hand] = wayNames.map((way) => seconds(took[way].reduce((sum, { ms }) => sum + ms, 0)));
      const told = `slipway ${ours}, by hand ${hand}`;
      console.error(`  round ${round}: ${bench.kind.name} on ${bench.builder}, ${state}: ${told}`);
    }
  }
  return [...found.values()];
}

type Totals = Readonly<Record<'cold' | 'warm', RoundTook>>;

/** One round, with a registry for each way and with sources that are gone after it. */
async function roundOn({ lab, kind, folder, turn = 0 }: Bench, builder: string): Promise<Totals> {
  const run = randomBytes(5).toString('hex');
  await using ourPlace = await openPlace();
  await using handPlace = await openPlace();
  await using atOncePlace = await openPlace();
  const about = async (way: WayName, { registry, proxy }: Place): Promise<WayOptions> => {
    const own = path.join(folder, run + way);
    await mkdir(own);
    return { lab, builder, kind, nonce: `bench${run}${way.toLowerCase()}`, folder: own, registry, proxy };
  };
  try {
    await using ours = await bySlipway(await about('ours', ourPlace));
    await using hand = await byHand(await about('hand', handPlace), 1);
    await using handAtOnce = await byHand(await about('handAtOnce', atOncePlace), AT_ONCE);
    const ways = { ours, hand, handAtOnce };
    const cold = await inTurn(kind, ways, turn);
    return { cold, warm: await inTurn(kind, ways, turn + 1) };
  } finally {
    // What the steps of this round left in the builder is known by the name that each of them has in it.
    const filter = ['--filter', `description~=bench${run}`];
    await attempt(lab.tools.docker, ['buildx', 'prune', '--builder', builder, '--force', ...filter], {
      env: labEnv(lab),
    });
    for (const way of wayNames) await rm(path.join(folder, run + way), { recursive: true, force: true });
  }
}

/** A registry that one way has to itself, and a proxy before it that counts. */
type Place = Pick<WayOptions, 'registry' | 'proxy'>;

async function openPlace(): Promise<Place & AsyncDisposable> {
  const server = await startDebian();
  const proxy = await startFaultProxy({ upstream: `http://${server.host}` });
  return {
    registry: server.host,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The same images every way, now the one first and now another, so that a busy moment of the machine slows all alike. */
async function inTurn(kind: ImageKind, ways: Readonly<Record<WayName, Way>>, turn: number): Promise<RoundTook> {
  const took = { ours: [] as Took[], hand: [] as Took[], handAtOnce: [] as Took[] };
  const groups = kind.isTogether ? [kind.keys] : kind.keys.map((key) => [key]);
  for (const [index, keys] of groups.entries()) {
    for (const shift of wayNames.keys()) {
      const way = wayNames[(turn + index + shift) % wayNames.length] ?? 'ours';
      // One image at a time is not made faster by room for four.
      if (way !== 'handAtOnce' || keys.length > 1) took[way].push(await ways[way].take(keys));
    }
  }
  return took;
}

function kindNamed(name: string, folder: string): ImageKind | Promise<ImageKind> {
  if (name === 'set' || name === 'steps') return busyboxSet(name === 'set');
  if (name === 'python') return pythonImage(folder);
  throw new ScriptError(`there are the images ${kinds.join(', ')}, not "${name}"`);
}

function builderNamed(lab: Lab, name: string): string {
  if (name === 'engine') return lab.builders.engine;
  if (name === 'remote' && lab.builders.remote !== null) return lab.builders.remote;
  throw new ScriptError(`this lab has the builders ${builders.join(', ')}, not "${name}"`);
}
