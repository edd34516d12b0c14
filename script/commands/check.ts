import { parseArgs } from 'node:util';
import { jestCommand } from './project.ts';
import { runScript } from './script.ts';
import { runSteps, type Step, staticSteps } from './static-steps.ts';

const usage = `
script/check   types, lint, dead code, generated files, dist and unit tests; offline, every step, one row for each
`;

const unit: Step = { name: 'unit', args: [...jestCommand, '--selectProjects', 'unit', '--silent=false'] };

await runScript(usage, async (args) => {
  parseArgs({ args, options: {} });
  const results = await runSteps([...staticSteps, unit], console.log);
  return results.every(({ passed }) => passed) ? 0 : 1;
});
