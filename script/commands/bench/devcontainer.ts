import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startDebian } from '../../../test/support/fault-proxy/debian-registry.ts';
import type { Lab } from '../../../test/support/lab.ts';
import { openOtherUser } from '../../../test/support/other-user.ts';
import { ensurePythonBase, pythonBase } from '../../../test/support/python-base.ts';
import { run } from '../lab/command.ts';
import { labState, root } from '../project.ts';
import { ScriptError } from '../script.ts';
import { type CountingRegistry, startCounting } from './counting-registry.ts';
import { decideIn } from './devcontainer-decision.ts';
import { type DevcontainerKind, devcontainerKinds } from './devcontainer-project.ts';
import { byDevcontainersCi, bySlipway, type JobTook } from './devcontainer-ways.ts';
import { median } from './interleaved.ts';
import { report, seconds, type Target } from './registry-report.ts';

const REUSE_LIMIT = 1 / 3;
const FIRST_LIMIT = 1.05;
const DECISION_LIMIT_MS = 300;

/** What a round took: the first job of a new content, and one that finds it published. */
interface Round {
  readonly kind: DevcontainerKind;
  readonly first: Pair;
  readonly unchanged: Pair;
}

interface Pair {
  readonly ours: JobTook;
  readonly theirs: JobTook;
}

/** Works in a dev container by the action and by the CLI as devcontainers/ci drives it, in turn, on one machine and registry. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '3' } } });
  if (!/^[1-9][0-9]?$/.test(values.rounds)) throw new ScriptError('--rounds takes a whole number from 1 to 99');
  const lab = labState();
  if (lab === undefined) throw new ScriptError('this needs the lab, and it is not up: run script/lab up');
  if (!existsSync(path.join(root, 'dist/index.js'))) throw new ScriptError('there is no dist/; run script/build');
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-bench-')));
  try {
    await using registry = await startDebian();
    await ensurePythonBase(lab);
    const engine = { env: { DOCKER_HOST: lab.docker.host, DOCKER_CONFIG: lab.dockerConfig } };
    await run(lab.tools.docker, ['pull', '--quiet', pythonBase], engine);
    const rounds: Round[] = [];
    for (let at = 0; at < Number(values.rounds); at += 1) {
      for (const kind of devcontainerKinds) {
        const round = await roundOf(lab, { kind, folder, isOursFirst: at % 2 === 0 });
        rounds.push(round);
        console.error(`  round ${at + 1}: ${told(round)}`);
      }
    }
    return tell(rounds, await decideIn(lab, registry.host, folder)) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One round on contents of its own; who goes first changes, so that a busy moment of the machine slows both alike. */
async function roundOf(
  lab: Lab,
  { kind, folder, isOursFirst }: { kind: DevcontainerKind; folder: string; isOursFirst: boolean },
): Promise<Round> {
  await using user = kind === 'hosted runner' ? await openOtherUser(lab) : undefined;
  await using ourRegistry = await startCounting();
  await using theirRegistry = await startCounting();
  const about = async (registry: CountingRegistry) => {
    const nonce = `bench${randomBytes(5).toString('hex')}`;
    const own = path.join(folder, nonce);
    await mkdir(own);
    return { lab, kind, nonce, folder: own, registry, user };
  };
  await using ours = await bySlipway(await about(ourRegistry));
  await using theirs = await byDevcontainersCi(await about(theirRegistry));
  const pair = async (): Promise<Pair> => {
    if (isOursFirst) return { ours: await ours.job(), theirs: await theirs.job() };
    const second = await theirs.job();
    return { ours: await ours.job(), theirs: second };
  };
  return { kind, first: await pair(), unchanged: await pair() };
}

function told({ kind, first, unchanged }: Round): string {
  const pairs = [
    ['first', first.ours.totalMs, first.theirs.totalMs],
    ['unchanged, to the command', unchanged.ours.toCommandMs, unchanged.theirs.toCommandMs],
  ] as const;
  return `${kind}: ${pairs.map(([name, ours, theirs]) => `${name}: ${seconds(ours)} and ${seconds(theirs)}`).join('; ')}`;
}

/** Prints both ways side by side, and tells whether all holds that is promised. */
function tell(rounds: readonly Round[], decisions: Readonly<Record<string, number>>): boolean {
  const kinds = devcontainerKinds.map((kind) => ({ kind, own: rounds.filter((round) => round.kind === kind) }));
  const targets: Target[] = [
    ...kinds.flatMap(({ kind, own }) => targetsOf(kind, own)),
    ...Object.entries(decisions).map(([kind, ms]) => ({
      promise: `decision in 10,000 files of which the image takes ${kind}: below ${DECISION_LIMIT_MS} ms`,
      found: `${Math.round(ms)} ms`,
      isMet: ms < DECISION_LIMIT_MS,
    })),
  ];
  const title = `dev containers, medians of ${rounds.length / kinds.length}, on machines that have only the base`;
  const rows = kinds.flatMap(({ kind, own }) => rowsOf(kind, own));
  return report(title, rows, targets);
}

function rowsOf(kind: DevcontainerKind, rounds: readonly Round[]): readonly (readonly string[])[] {
  return (['first', 'unchanged'] as const).flatMap((state) =>
    (['ours', 'theirs'] as const).map((way) => {
      const middle = (what: (took: JobTook) => number): number =>
        median(rounds.map((round) => what(round[state][way])));
      return [
        `${kind}, ${state}`,
        way === 'ours' ? 'slipway' : 'devcontainers/ci',
        `to the command ${seconds(middle(({ toCommandMs }) => toCommandMs))}`,
        `in all ${seconds(middle(({ totalMs }) => totalMs))}`,
        `${middle(({ builds }) => builds)} builds`,
        `${middle(({ uploads }) => uploads)} uploads`,
        `${middle(({ received }) => received)} MiB pulled`,
        partsOf(rounds.at(-1)?.[state][way]),
      ];
    }),
  );
}

function targetsOf(kind: DevcontainerKind, rounds: readonly Round[]): readonly Target[] {
  const ratio = (state: 'first' | 'unchanged', what: (took: JobTook) => number): number =>
    median(rounds.map((round) => what(round[state].ours) / what(round[state].theirs)));
  const reuse = ratio('unchanged', ({ toCommandMs }) => toCommandMs);
  const first = ratio('first', ({ totalMs }) => totalMs);
  const most = (what: (took: JobTook) => number): number =>
    Math.max(...rounds.map(({ unchanged }) => what(unchanged.ours)));
  const [builds, uploads] = [most((took) => took.builds), most((took) => took.uploads)];
  return [
    {
      promise: `${kind}, unchanged: start to command at most ${REUSE_LIMIT.toFixed(2)} × devcontainers/ci`,
      found: `${reuse.toFixed(2)} ×`,
      isMet: reuse <= REUSE_LIMIT,
    },
    {
      promise: `${kind}, unchanged: no build and no upload`,
      found: `${builds} and ${uploads}`,
      isMet: builds + uploads === 0,
    },
    {
      promise: `${kind}, first build: at most ${FIRST_LIMIT} × devcontainers/ci`,
      found: `${first.toFixed(2)} ×`,
      isMet: first <= FIRST_LIMIT,
    },
  ];
}

function partsOf(took: JobTook | undefined): string {
  return Object.entries(took?.parts ?? {})
    .map(([name, ms]) => `${name} ${Math.round(ms)}`)
    .join(' ');
}
