import { parseArgs } from 'node:util';
import { jestCommand } from './project.ts';
import { runScript, runVisibly, ScriptError } from './script.ts';

const usage = `
script/campaign NAME… [options]

  faults   releases of 14 images while requests go wrong, read by crane; needs the lab
           --releases 200     how many, for each seed
  crash    kill -9 and SIGINT of a release at labelled points, then its resume
           --points 120       how many points, for each seed
  race     two releases and a scheduled run in other orders
           --orders 1000      how many

  --seeds 1,2,3,4,5           which faults and which points

Runs the tests of test/contract/release with other numbers than CI does, and returns 1 when one of them fails.
`;

interface Campaign {
  /** The test that does it. */
  readonly pattern: string;
  readonly isSeeded: boolean;
  env(values: Readonly<Record<'releases' | 'points' | 'orders', string>>): Readonly<Record<string, string>>;
}

const campaigns = new Map<string, Campaign>([
  ['faults', { pattern: 'release/faults', isSeeded: true, env: ({ releases }) => ({ SLIPWAY_RELEASES: releases }) }],
  ['crash', { pattern: 'release/crash', isSeeded: true, env: ({ points }) => ({ SLIPWAY_POINTS: points }) }],
  ['race', { pattern: 'release/race', isSeeded: false, env: ({ orders }) => ({ SLIPWAY_INTERLEAVINGS: orders }) }],
]);

await runScript(usage, async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      releases: { type: 'string', default: '200' },
      points: { type: 'string', default: '120' },
      orders: { type: 'string', default: '1000' },
      seeds: { type: 'string', default: '1,2,3,4,5' },
    },
  });
  const numbers = [values.releases, values.points, values.orders, ...values.seeds.split(',')];
  const odd = numbers.find((text) => !/^[1-9][0-9]{0,6}$/.test(text));
  if (odd !== undefined) throw new ScriptError(`there are whole numbers from 1, not "${odd}"`);
  const names = positionals.length === 0 ? [...campaigns.keys()] : positionals;
  let exitCode = 0;
  for (const name of names) {
    const campaign = campaigns.get(name);
    if (campaign === undefined) throw new ScriptError(`there are ${[...campaigns.keys()].join(', ')}, not "${name}"`);
    for (const seed of campaign.isSeeded ? values.seeds.split(',') : ['1']) {
      console.error(`${name}, seed ${seed}`);
      const chosen = ['--selectProjects', 'contract', '--testPathPatterns', campaign.pattern];
      const env = { ...process.env, ...campaign.env(values), SLIPWAY_SEED: seed };
      exitCode = Math.max(exitCode, await runVisibly(process.execPath, [...jestCommand, ...chosen], env));
    }
  }
  return exitCode === 0 ? 0 : 1;
});
