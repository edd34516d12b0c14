import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { minify } from '@swc/core';
import { root, runNode, tools } from '../project.ts';
import { ScriptError } from '../script.ts';
import { withOwnFileUrl } from './file-url.ts';
import { withEachTextOnce } from './licences.ts';

export interface BundleJob {
  /** A compiled ES module whose nearest package.json does not say `type: module`. */
  readonly entry: string;
  /** Chunk numbers come from paths relative to it, so its depth below the checkout must not vary. */
  readonly work: string;
  readonly dist: string;
}

/** Bundles one entry and what it imports lazily into CommonJS files that are the same on every machine. */
export async function writeBundle({ entry, work, dist }: BundleJob): Promise<void> {
  await mkdir(dist, { recursive: true });
  const args = [tools.ncc, 'build', entry, '--out', dist, '--license', 'licenses.txt', '--no-cache', '--quiet'];
  const result = await runNode(args, work);
  if (result.exitCode !== 0) throw new ScriptError(`ncc failed\n${result.stdout}${result.stderr}`.trimEnd());
  const licences = path.join(dist, 'licenses.txt');
  await writeFile(licences, withEachTextOnce(await readFile(licences, 'utf8')));
  await writeFile(path.join(dist, 'package.json'), '{"type":"commonjs"}\n');
  for (const name of await readdir(dist)) if (name.endsWith('.js')) await finish(path.join(dist, name));
}

async function finish(file: string): Promise<void> {
  const code = withOwnFileUrl(await readFile(file, 'utf8'));
  const { code: small } = await minify(code, {
    module: false,
    compress: { passes: 3 },
    mangle: true,
    format: { comments: false },
  });
  if (small.includes(root)) throw new ScriptError(`${path.basename(file)} holds the path of this checkout`);
  await writeFile(file, small);
}
