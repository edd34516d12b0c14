import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openExample } from '../../../test/support/example.ts';
import { type Lab, labEnv } from '../../../test/support/lab.ts';
import { labState, root } from '../project.ts';
import { ScriptError } from '../script.ts';
import { type FirstRun, firstRuns, giveBases, makeBare, makeCold, removeLabelled } from './first-run-examples.ts';
import { report, seconds } from './registry-report.ts';

const mostMs = 5 * 60_000;

/** The first green run in each example: `init` and `run` where nobody has heard of Slipway, with no layer in any cache. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { example: { type: 'string', multiple: true } } });
  const names = values.example ?? firstRuns.map(({ name }) => name);
  const wanted = names.map((name) => {
    const found = firstRuns.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new ScriptError(`there is no example ${name}; there are ${firstRuns.map((one) => one.name).join(', ')}`);
  });
  const lab = labState();
  if (lab === undefined) throw new ScriptError('this needs the lab, and it is not up: run script/lab up');
  const program = path.join(root, 'dist/cli/index.js');
  if (!existsSync(program)) throw new ScriptError('there is no dist/; run script/build');
  await giveBases(lab);
  const took: Took[] = [];
  for (const one of wanted) {
    const now = await firstRun(lab, program, one);
    took.push(now);
    console.error(`  ${now.name}: init ${seconds(now.initMs)}, run ${seconds(now.runMs)}`);
  }
  const rows = took.map(({ name, initMs, runMs }) => [name, seconds(initMs), seconds(runMs), seconds(initMs + runMs)]);
  const targets = took.map(({ name, initMs, runMs }) => {
    const ms = initMs + runMs;
    return { promise: `${name}: two commands to a green run, under 5 minutes`, found: seconds(ms), isMet: ms < mostMs };
  });
  return report('the first run', [['example', 'init', 'run', 'both'], ...rows], targets) ? 0 : 1;
}

interface Took {
  readonly name: string;
  readonly initMs: number;
  readonly runMs: number;
}

async function firstRun(lab: Lab, program: string, first: FirstRun): Promise<Took> {
  const label = `slipway.bench.t${randomBytes(4).toString('hex')}`;
  await using example = await openExample(lab, first.name);
  try {
    await makeBare(example.folder, first);
    await makeCold(example.folder, label);
    const env = { ...labEnv(lab), HOME: example.folder };
    const initMs = timed(program, ['init', ...first.init], { cwd: example.folder, env });
    // What a template has made can be in the cache as well.
    if (first.removed.includes('Dockerfile')) await makeCold(example.folder, label);
    return { name: first.name, initMs, runMs: timed(program, first.run, { cwd: example.folder, env }) };
  } finally {
    await removeLabelled(lab, label);
  }
}

/** A run that is not green has no time. */
function timed(
  program: string,
  args: readonly string[],
  where: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): number {
  const started = performance.now();
  const ended = spawnSync(process.execPath, [program, ...args], { ...where, encoding: 'utf8', maxBuffer: 64 << 20 });
  const ms = performance.now() - started;
  if (ended.status === 0) return ms;
  throw new ScriptError(`slipway ${args.join(' ')} ended with ${ended.status}\n${ended.stdout}${ended.stderr}`);
}
