import { runScript, ScriptError } from './script.ts';

const usage = `
script/bench NAME [options]

  start   start time of the command line and of every action, in multiples of node -e 0
`;

/** Each measures one thing, prints what it found, and returns 1 when that is beyond its limit. */
const benches = new Map([['start', () => import('./bench/start.ts')]]);

await runScript(usage, async ([name = '', ...rest]) => {
  const load = benches.get(name);
  if (load === undefined) throw new ScriptError(`script/bench knows ${[...benches.keys()].join(', ')}, not "${name}"`);
  const { bench } = await load();
  return bench(rest);
});
