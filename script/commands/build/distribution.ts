import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
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
  await copyDevcontainerCli(checkout, dist);
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

const devcontainerCli = ['devcontainer.js', 'dist', 'scripts', 'package.json', 'LICENSE.txt', 'ThirdPartyNotices.txt'];

/** The CLI of dev containers is a program of its own, which lies beside the bundle as it is: it finds its scripts by its own place. */
async function copyDevcontainerCli(checkout: string, dist: string): Promise<void> {
  const from = path.join(checkout, 'node_modules/@devcontainers/cli');
  const to = path.join(dist, 'devcontainer-cli');
  for (const name of devcontainerCli) await cp(path.join(from, name), path.join(to, name), { recursive: true });
}
