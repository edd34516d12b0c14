import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { failuresOf, openRunner, type Run } from '../../../test/support/runner.ts';
import { mainPush, openHello } from '../../../test/support/runner-hello.ts';
import { labState, root } from '../project.ts';
import { ScriptError } from '../script.ts';
import { median } from './interleaved.ts';
import { report, seconds } from './registry-report.ts';

const LIMIT_MS = 3_000;
const workflow = '.github/workflows/images.yml';

/** What the jobs of `images.yml` take in the workflow runner: where there is something to build, and where all of it is overhead. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '3' } } });
  if (!/^[1-9][0-9]?$/.test(values.rounds)) throw new ScriptError('--rounds takes a whole number from 1 to 99');
  const lab = labState();
  if (lab === undefined) throw new ScriptError('this needs the lab, and it is not up: run script/lab up');
  if (!existsSync(path.join(root, 'dist/index.js'))) throw new ScriptError('there is no dist/; run script/build');
  await using runner = await openRunner(lab);
  const [full, idle]: [JobTimes[], JobTimes[]] = [[], []];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    await using hello = await openHello(lab);
    for (const found of [full, idle]) {
      found.push(timesIn(await runner.run({ folder: hello.folder, workflow, ...mainPush })));
    }
    console.error(`  round ${round}: ${told(full.at(-1))}; with nothing to build: ${told(idle.at(-1))}`);
  }
  const rows = [
    ['job', 'three images to build', 'nothing to build'],
    ...[...middle(full)].map(([job, ms]) => [job, seconds(ms), timeOf(job, middle(idle))]),
  ];
  const targets = [...middle(idle)].map(([job, ms]) => {
    // Nothing is built, tested or transferred there.
    return {
      promise: `${job}, with nothing to build: below ${seconds(LIMIT_MS)}`,
      found: seconds(ms),
      isMet: ms < LIMIT_MS,
    };
  });
  return report(`jobs of images.yml in the workflow runner, medians of ${values.rounds}`, rows, targets) ? 0 : 1;
}

type JobTimes = ReadonlyMap<string, number>;

const Ended = z.object({
  jobID: z.string(),
  matrix: z.object({ row: z.string() }).partial().optional(),
  executionTime: z.number(),
});

/** The milliseconds of all steps of each job, those before and after its main ones too. */
function timesIn(run: Run): JobTimes {
  const failures = failuresOf(run);
  if (failures.length > 0) throw new ScriptError(failures.join('\n'));
  const times = new Map<string, number>();
  for (const line of run.log.split('\n')) {
    if (!line.startsWith('{')) continue;
    const ended = Ended.safeParse(JSON.parse(line)).data;
    if (ended === undefined) continue;
    const job = ended.matrix?.row === undefined ? ended.jobID : `build ${ended.matrix.row}`;
    times.set(job, (times.get(job) ?? 0) + ended.executionTime / 1e6);
  }
  if (times.size === 0) throw new ScriptError('the workflow runner said nothing of how long its steps took');
  return times;
}

function middle(rounds: readonly JobTimes[]): JobTimes {
  const jobs = new Set(rounds.flatMap((times) => [...times.keys()]));
  return new Map([...jobs].map((job) => [job, median(rounds.flatMap((times) => times.get(job) ?? []))]));
}

/** Of a job that was not needed there is no time. */
function timeOf(job: string, times: JobTimes): string {
  const ms = times.get(job);
  return ms === undefined ? '' : seconds(ms);
}

function told(times: JobTimes | undefined): string {
  return [...(times ?? [])].map(([job, ms]) => `${job} ${seconds(ms)}`).join(', ');
}
