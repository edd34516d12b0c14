import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runNode, tools } from '../project.ts';
import { ScriptError } from '../script.ts';
import { writeBundle } from './bundle.ts';

/** Compiles and bundles a checkout in an empty work folder of its own; returns the folder that is to become `dist`. */
export async function writeDistribution(checkout: string, work: string): Promise<string> {
  const compiled = path.join(work, 'build');
  await compile(checkout, compiled);
  const dist = path.join(work, 'dist');
  await writeBundle({ entry: path.join(compiled, 'entries/dispatch.js'), work, dist });
  await writeCommandLine(dist);
  return dist;
}

async function compile(checkout: string, folder: string): Promise<void> {
  const project = path.join(checkout, 'tsconfig.build.json');
  const result = await runNode([tools.tsc, '-p', project, '--outDir', folder], checkout);
  if (result.exitCode !== 0) throw new ScriptError(`tsc failed\n${result.stdout}${result.stderr}`.trimEnd());
  // The nearest package.json without `type: module` is what makes ncc write CommonJS.
  await writeFile(path.join(folder, 'package.json'), '{"private":true}\n');
}

async function writeCommandLine(dist: string): Promise<void> {
  const file = path.join(dist, 'cli/index.js');
  await mkdir(path.dirname(file));
  await writeFile(file, "#!/usr/bin/env node\nrequire('../index.js').start('cli');\n");
  await chmod(file, 0o755);
}
