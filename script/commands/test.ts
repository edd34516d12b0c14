import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jestCommand, root } from './project.ts';
import { runScript, runVisibly } from './script.ts';
import { runSteps, type Step, staticSteps } from './static-steps.ts';
import { readReport, verdictOf } from './test/jest-report.ts';
import { failureText, type Outcome, summary, totalOf } from './test/outcome.ts';

const usage = `
script/test                       set-up, static steps, then every test on this machine
script/test --all                 the same, with every image of the examples: opencrate has 14 then, else 4
script/test [--all] JEST-ARGS…    set-up, then only the tests that jest's arguments select; --all runs the static steps too

The last line is "N passed, N failed"; a static step, a failed set-up and a suite that cannot run count as one each.
`;

await runScript(usage, async (args) => {
  const jestArgs = args.filter((arg) => arg !== '--all');
  const isAll = args.includes('--all');
  const isWhole = jestArgs.length === 0 || isAll;
  const outcomes: Outcome[] = [await bringUpLab()];
  if (isWhole) outcomes.push(...(await runStatic(staticSteps)));
  outcomes.push(await runJest(jestArgs, isAll));

  const total = totalOf(outcomes);
  if (process.env.CI === 'true') process.stdout.write(failureText(total));
  console.log(summary(total));
  return total.failures.length === 0 ? 0 : 1;
});

/** A lab that does not come up is a failure, but what needs none is tested all the same. */
async function bringUpLab(): Promise<Outcome> {
  const exitCode = await runVisibly(path.join(root, 'script/lab'), ['up']);
  if (exitCode === 0) return { passed: 0, failures: [] };
  return { passed: 0, failures: [{ name: 'script/lab up', message: `ended with exit code ${exitCode}` }] };
}

async function runStatic(steps: readonly Step[]): Promise<Outcome[]> {
  const results = await runSteps(steps, console.log);
  return results.map(({ name, passed, output }) =>
    passed ? { passed: 1, failures: [] } : { passed: 0, failures: [{ name, message: output }] },
  );
}

/** With `isAll`, examples of which tests take a part are tested whole. */
async function runJest(jestArgs: readonly string[], isAll: boolean): Promise<Outcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-test-'));
  try {
    const report = path.join(folder, 'report.json');
    // More workers than two would fight over the one engine.
    const own = ['--json', `--outputFile=${report}`, '--silent=false', '--maxWorkers=2'];
    const env = isAll ? { ...process.env, SLIPWAY_ALL: '1' } : process.env;
    const exitCode = await runVisibly(process.execPath, [...jestCommand, ...own, ...jestArgs], env);
    return verdictOf(await readReport(report), exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
