import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { run } from '../command.ts';
import { buildPrograms, go, startModule } from './go-recipe.ts';
import type { Recipe } from './recipe.ts';

const ACT = 'v0.2.89';
const patchFile = path.join(import.meta.dirname, '..', 'act.patch');
const Download = z.object({ Dir: z.string() });

/**
 * The workflow runner, with four defects repaired by act.patch: matrix legs wiped each other's outputs,
 * and the artifact server refused unpadded signatures and unknown fields and crashed on an empty list.
 */
export const act: Recipe = {
  name: 'act',
  version: `${ACT}-${createHash('sha256').update(readFileSync(patchFile)).digest('hex').slice(0, 8)}`,
  make: async (workshop) => {
    await startModule(workshop.temp);
    const download = await go(workshop.temp, ['mod', 'download', '-json', `github.com/nektos/act@${ACT}`]);
    const source = path.join(workshop.temp, 'source');
    await cp(Download.parse(JSON.parse(download)).Dir, source, { recursive: true });
    // The module cache is read-only, and so is a copy of it.
    await run('chmod', ['-R', 'u+w', source]);
    await run('patch', ['--strip=1', '--forward', `--input=${patchFile}`], { cwd: source });
    await buildPrograms(workshop, source, { packages: ['.'] });
  },
};
