import path from 'node:path';
import { down } from './down.ts';
import { LabError } from './lab-error.ts';
import { layoutOf } from './layout.ts';
import { runInLab } from './run.ts';
import { status } from './status.ts';
import { up } from './up.ts';

const HELP = `Usage: script/lab COMMAND

Two container engines, a second builder, three registries and a workflow runner
for this checkout, without a package of images from anywhere.

  up              build what is missing, start what is not running
  down            stop what this checkout has started and remove its state
  status          what runs and where; exit code 1 if not everything does
  run -- CMD...   run a command with DOCKER_HOST, DOCKER_CONFIG and PATH set

Tools are kept in \${XDG_CACHE_HOME:-~/.cache}/slipway-lab, one folder per version.
The rest is in .lab/: state.json tells where everything is, logs/ what it said.
`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...rest]: readonly string[]): Promise<number> {
  const layout = layoutOf(path.resolve(import.meta.dirname, '../../..'));
  try {
    switch (command) {
      case 'up':
        await up(layout);
        return 0;
      case 'down':
        await down(layout);
        return 0;
      case 'status':
        return status(layout) ? 0 : 1;
      case 'run':
        return await runInLab(layout, rest[0] === '--' ? rest.slice(1) : rest);
      case '--help':
      case '-h':
        process.stdout.write(HELP);
        return 0;
      default:
        process.stderr.write(HELP);
        return 2;
    }
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab: ${error.message}\n`);
    return error.exitCode;
  }
}
