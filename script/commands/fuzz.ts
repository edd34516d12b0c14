import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { failureText, runTarget } from '../../test/support/fuzz/run-target.ts';
import { targets } from '../../test/support/fuzz/targets.ts';
import { runScript, ScriptError } from './script.ts';

const names = targets.map(({ name }) => name);
const usage = `
script/fuzz [TARGET…] [--count 200000] [--seed N]

Gives every parser of text from outside that many inputs, and looks whether its laws hold and each takes less than 100 ms.
Exits 1 with the smallest input that fails, and with the command that finds it again.
Targets: ${names.join(', ')}
`;

await runScript(usage, async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { count: { type: 'string', default: '200000' }, seed: { type: 'string' } },
  });
  const count = numberIn('--count', values.count, 1);
  const seed = values.seed === undefined ? randomInt(2 ** 31) : numberIn('--seed', values.seed, 0);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ScriptError(`script/fuzz knows ${names.join(', ')}, not "${unknown}"`);
  console.log(`seed ${seed}, ${count} inputs for each target`);
  let failures = 0;
  for (const target of targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    if (!(await fuzz(target, count, seed))) failures += 1;
  }
  return failures === 0 ? 0 : 1;
});

/** Tells whether all went well; every tenth of the way is a line. */
async function fuzz(target: (typeof targets)[number], count: number, seed: number): Promise<boolean> {
  const startMs = performance.now();
  const seconds = (): string => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  const step = Math.ceil(count / 10);
  const progress = (done: number): void => {
    if (done % step === 0 && done < count) console.log(`     ${target.name} ${done} of ${count}, ${seconds()}`);
  };
  const { done, slowest, failure } = await runTarget(target, { count, seed, progress });
  const slow = `slowest ${slowest.ms.toFixed(1)} ms: ${short(slowest.input)}`;
  console.log(`${failure === undefined ? 'ok  ' : 'FAIL'} ${target.name} ${done} inputs, ${seconds()}, ${slow}`);
  if (failure !== undefined) {
    console.log(`${failureText(failure)}\nagain:   script/fuzz ${target.name} --count ${count} --seed ${seed}`);
  }
  return failure === undefined;
}

function short(input: string): string {
  const shown = JSON.stringify(input.slice(0, 60));
  return input.length > 60 ? `${shown} and ${input.length - 60} characters more` : shown;
}

function numberIn(option: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new ScriptError(`${option} is to be a whole number of at least ${least}, not "${text}"`);
}
