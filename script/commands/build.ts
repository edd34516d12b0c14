import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeDistribution } from './build/distribution.ts';
import { differences } from './build/folder-comparison.ts';
import { root } from './project.ts';
import { runScript } from './script.ts';

const usage = `
script/build           compiles src/ and bundles it into dist/
script/build --check   builds into a temporary folder and compares it with dist/, byte for byte
`;

await runScript(usage, async (args) => {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean', default: false } } });
  const dist = path.join(root, 'dist');
  await mkdir(path.join(root, '.cache'), { recursive: true });
  // Below the checkout, for bare imports find node_modules upwards only.
  const work = await mkdtemp(path.join(root, '.cache/build-'));
  try {
    const fresh = await writeDistribution(root, work);
    if (values.check) return report(await differences(fresh, dist));
    await rm(path.join(root, 'build'), { recursive: true, force: true });
    await replace(dist, fresh, path.join(work, 'before'));
    return 0;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});

/** Renames, so that a reader never sees half a dist. */
async function replace(folder: string, fresh: string, aside: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await rename(folder, aside);
  await rename(fresh, folder);
}

function report(found: readonly string[]): number {
  if (found.length === 0) return 0;
  console.error(`dist/ is not what src/ builds; run script/build and commit the result:\n  ${found.join('\n  ')}`);
  return 1;
}
