import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './lock.ts';
import { timed } from './progress.ts';
import type { Recipe } from './recipes/recipe.ts';

/** The folder a recipe's result has in the cache. */
export function toolDir(cacheDir: string, recipe: Pick<Recipe, 'name' | 'version'>): string {
  return path.join(cacheDir, `${recipe.name}-${recipe.version}`);
}

/** One program of a recipe. */
export function programOf(cacheDir: string, recipe: Recipe, program: string): string {
  return path.join(toolDir(cacheDir, recipe), 'bin', program);
}

/** Makes a tool unless the cache has it, and returns its folder. */
export async function ensureTool(cacheDir: string, recipe: Recipe): Promise<string> {
  const target = toolDir(cacheDir, recipe);
  if (existsSync(target)) return target;
  const what = `${recipe.name} ${recipe.version}`;
  return withLock(`${target}.lock`, what, async () => {
    if (!existsSync(target)) await timed(what, 'built', () => makeInto(target, cacheDir, recipe));
    return target;
  });
}

/** A half-made tool never has the final name: it is made beside it and renamed. */
async function makeInto(target: string, cacheDir: string, recipe: Recipe): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(path.join(cacheDir, '.making-'));
  try {
    const workshop = { out: path.join(work, 'out'), temp: path.join(work, 'temp') };
    await mkdir(workshop.out);
    await mkdir(workshop.temp);
    await recipe.make(workshop);
    await rename(workshop.out, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
