import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { writeBundle } from '../build/bundle.ts';
import { root, runNode, tools } from '../project.ts';
import { ScriptError } from '../script.ts';
import { type Ran, timed } from './registry-child.ts';
import { Report, type Work } from './registry-work.ts';

/** Our side: a program that uses the library, as JavaScript. */
export type Ours = (work: z.input<typeof Work>) => Promise<Ran & { readonly report: Report }>;

const program = fileURLToPath(new URL('./registry-program.ts', import.meta.url));

/** Bundles a program of the bench as dist/ is bundled, into a folder of its own: what users start is what is measured. */
export async function bundleProgram(source: string, folder: string): Promise<string> {
  const compiled = path.join(folder, 'compiled');
  await mkdir(compiled);
  await compile(source, compiled, path.join(folder, 'tsconfig.json'));
  const dist = path.join(folder, 'dist');
  const entry = path.join(compiled, path.relative(root, source)).replace(/\.ts$/, '.js');
  await writeBundle({ entry, work: folder, dist });
  return path.join(dist, 'index.js');
}

/** Compiles and bundles the program of this bench. */
export async function buildOurs(folder: string, env: NodeJS.ProcessEnv): Promise<Ours> {
  const bundled = await bundleProgram(program, folder);
  let runs = 0;
  return async (work) => {
    runs += 1;
    const file = path.join(folder, `work-${runs}.json`);
    await writeFile(file, JSON.stringify(work));
    const ran = await timed({ program: process.execPath, args: [bundled, file], env });
    if (ran.exitCode !== 0) throw new ScriptError(`our program failed:\n${ran.stderr}`);
    return { ...ran, report: Report.parse(JSON.parse(ran.stdout)) };
  };
}

async function compile(source: string, outDir: string, config: string): Promise<void> {
  const compilerOptions = { noEmit: false, rootDir: root, outDir, typeRoots: [path.join(root, 'node_modules/@types')] };
  const extended = path.join(root, 'tsconfig.json');
  await writeFile(config, JSON.stringify({ extends: extended, compilerOptions, files: [source], include: [] }));
  await writeFile(path.join(outDir, 'package.json'), '{"private":true}\n');
  await symlink(path.join(root, 'node_modules'), path.join(outDir, 'node_modules'));
  const compiled = await runNode([tools.tsc, '-p', config]);
  if (compiled.exitCode !== 0) throw new ScriptError(`the program of the bench does not compile:\n${compiled.stdout}`);
}
