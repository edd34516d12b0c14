import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nearestName } from '../../../src/domain/nearest-name.ts';
import { root } from '../project.ts';
import { ScriptError } from '../script.ts';
import { measure } from './interleaved.ts';
import { checkedPeak, planArguments } from './plan-run.ts';
import { makeTree, type Shape, shapes } from './plan-tree.ts';
import { mebibytes, report, seconds, type Target } from './registry-report.ts';

const FLOOR = 'node -e 0';
const MANY = 10_000;
const FEW = 14;
const MANY_LIMIT_MS = 2_000;
const MANY_LIMIT_KIB = 300_000_000 / 1024;
const FEW_LIMIT_MS = 300;

/** A tree with what its plan costs. */
interface Plan {
  readonly name: string;
  readonly images: number;
  readonly medianMs: number;
  readonly peakKiB: number;
}

/** Plans trees of several sizes without a network, on the node that runs us; what counts is the time of a whole process. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      shape: { type: 'string', multiple: true, default: ['flat'] },
      rounds: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  const chosen = values.shape.map(shapeNamed);
  const rounds = countIn('--rounds', values.rounds);
  const seed = countIn('--seed', values.seed);
  const cli = path.join(root, 'dist/cli/index.js');
  if (!existsSync(cli)) throw new ScriptError('there is no dist/; run script/build');
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
  try {
    let isMet = true;
    for (const shape of chosen) isMet = (await benchShape({ shape, seed, rounds, cli, folder })) && isMet;
    return isMet ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchShape(wish: {
  readonly shape: Shape;
  readonly seed: number;
  readonly rounds: number;
  readonly cli: string;
  readonly folder: string;
}): Promise<boolean> {
  const { shape, seed, rounds, cli, folder } = wish;
  const trees: { name: string; images: number; args: readonly string[] }[] = [];
  for (const images of shape === 'lone' ? [1] : [FEW, 100, 1_000, MANY]) {
    const tree = path.join(folder, `${shape}-${images}`);
    await mkdir(tree);
    makeTree(tree, { shape, images, seed });
    trees.push({ name: `${images} images`, images, args: [cli, ...planArguments(tree)] });
  }
  const setting = { node: process.execPath, cwd: folder, env: { PATH: process.env.PATH, HOME: '/nonexistent' } };
  const peaks = trees.map(({ args }) => checkedPeak(args, setting));
  const times = measure([{ name: FLOOR, args: ['-e', '0'] }, ...trees], { ...setting, warmUpRounds: 1, rounds });
  const floorMs = times.find(({ name }) => name === FLOOR)?.medianMs ?? Number.NaN;
  const plans = trees.map(({ name, images }, place): Plan => {
    const medianMs = times.find((one) => one.name === name)?.medianMs ?? Number.NaN;
    return { name, images, medianMs, peakKiB: peaks[place] ?? Number.NaN };
  });
  const title = `plan, ${shape}: ${shapes[shape]}; node ${process.version}, seed ${seed}, medians of ${rounds}`;
  const rows = plans.map(({ name, medianMs, peakKiB }) => {
    return [name, seconds(medianMs), `${(medianMs / floorMs).toFixed(1)} × ${FLOOR}`, mebibytes(peakKiB)];
  });
  return report(title, [[FLOOR, seconds(floorMs), '', ''], ...rows, ...growth(plans, floorMs)], targets(plans));
}

/** How much longer a hundred times as many images take, the start of the process left out. */
function growth(plans: readonly Plan[], floorMs: number): readonly (readonly string[])[] {
  const [some, all] = [100, MANY].map((count) => plans.find(({ images }) => images === count));
  if (some === undefined || all === undefined) return [];
  const times = (all.medianMs - floorMs) / (some.medianMs - floorMs);
  return [
    ['100 to 10000', `${times.toFixed(0)} ×`, 'the time', `${(all.peakKiB / some.peakKiB).toFixed(1)} × the memory`],
  ];
}

function targets(plans: readonly Plan[]): readonly Target[] {
  return plans.flatMap(({ images, medianMs, peakKiB }): readonly Target[] => {
    if (images <= FEW) {
      const promise = `${images} images within ${FEW_LIMIT_MS} ms`;
      return [{ promise, found: `${medianMs.toFixed(0)} ms`, isMet: medianMs < FEW_LIMIT_MS }];
    }
    if (images !== MANY) return [];
    return [
      { promise: `${MANY} images within 2 s`, found: seconds(medianMs), isMet: medianMs < MANY_LIMIT_MS },
      { promise: `${MANY} images in 300 MB`, found: mebibytes(peakKiB), isMet: peakKiB < MANY_LIMIT_KIB },
    ];
  });
}

function shapeNamed(text: string): Shape {
  const names = Object.keys(shapes).filter((name): name is Shape => name in shapes);
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  const nearest = nearestName(text, names);
  throw new ScriptError(`there are the shapes ${names.join(', ')}, not "${text}"${nearest ? `; ${nearest}?` : ''}`);
}

function countIn(option: string, text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new ScriptError(`${option} takes whole numbers from 1, not "${text}"`);
}
