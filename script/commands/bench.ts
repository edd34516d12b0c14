import { runScript, ScriptError } from './script.ts';

const usage = `
script/bench NAME [options]

  start      start time of the command line and of every action, in multiples of node -e 0
  plan       the time and the memory of plans of 14 to 10,000 images; returns 1 where a target is missed
               --shape flat    what the tree is like: flat, nested, files, chain, star, family, shared, lone
               --rounds 5      how often each is planned; medians count
               --seed 1        what is built on what
  registry   pushing and tagging beside other tools; needs the lab; returns 1 where a target is missed
               --part tags     28 tags on 14 manifests at 40 ms round trip
               --part push     an image of 1 GiB, then the same again; 3 GiB of disk for a while
               --part faults   200 pushes through a registry where 5 % of the requests go wrong
               --rounds 3      how often the first two are repeated; medians count
               --seeds 1,2,3,4 which faults; the pushes are spread over them
             All parts, unless some are named.
  release    a release of 14 images at 40 ms beside other tools, its repetition, and one of 1,000 images on
             loopback; needs the lab; returns 1 where a target is missed
               --part fourteen, --part many   one of the two
               --rounds 3      how often the first is repeated; medians count
               --images 1000   how many images the last one has
  build-test building, testing and uploading images beside the way by hand, in turn; needs the lab and a dist/ of today;
             returns 1 where a target is missed; 5 minutes a round on two cores
               --images set    14 small images in one step; steps: each in a step of its own; python: one of 256 MiB;
                               set and python, unless some are named
               --builder remote which builder: remote or engine; both, unless one is named
               --rounds 3      how often everything is repeated; medians count
               --children      also the programs that a step starts, with their times
  first-run  slipway init and slipway run in each example, without its own files and with no layer in a cache; needs the
             lab and a dist/ of today; returns 1 where one takes 5 minutes or more
               --example NAME  one of the examples; may be given again
  jobs       what each job of images.yml takes in the workflow runner, with something to build and without; needs the lab
             and a dist/ of today; returns 1 where a job with nothing to build takes 3 s or more
               --rounds 3      how often both are repeated; medians count
  devcontainer working in a dev container beside the CLI as devcontainers/ci drives it, in turn; needs the lab and a dist/
             of today; returns 1 where a target is missed; 2 minutes a round on two cores
               --rounds 3      how often everything is repeated; medians count
`;

/** Each measures one thing, prints what it found, and returns 1 when that is beyond its limit. */
const benches = new Map([
  ['start', () => import('./bench/start.ts')],
  ['plan', () => import('./bench/plan.ts')],
  ['registry', () => import('./bench/registry.ts')],
  ['release', () => import('./bench/release.ts')],
  ['build-test', () => import('./bench/build-test.ts')],
  ['first-run', () => import('./bench/first-run.ts')],
  ['jobs', () => import('./bench/jobs.ts')],
  ['devcontainer', () => import('./bench/devcontainer.ts')],
]);

await runScript(usage, async ([name = '', ...rest]) => {
  const load = benches.get(name);
  if (load === undefined) throw new ScriptError(`script/bench knows ${[...benches.keys()].join(', ')}, not "${name}"`);
  const { bench } = await load();
  return bench(rest);
});
