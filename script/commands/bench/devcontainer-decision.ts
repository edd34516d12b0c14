import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { openJob } from '../../../test/support/action-step.ts';
import type { Lab } from '../../../test/support/lab.ts';
import { ScriptError } from '../script.ts';
import { forgetImages } from './devcontainer-project.ts';

const fileCount = 10_000;
const filesInFolder = 100;
const fileBytes = 2_000;
const Timings = z.object({ decide: z.number() });

/** What the image takes of the repository: one file, or everything. */
export const decisionKinds = ['one file of it', 'the whole repository'] as const;

/** How long the decision takes in a repository of 10,000 files whose image is published, of each kind. */
export async function decideIn(lab: Lab, host: string, parent: string): Promise<Readonly<Record<string, number>>> {
  const nonce = `bench${randomBytes(5).toString('hex')}`;
  const folder = path.join(parent, nonce);
  for (let at = 0; at < fileCount; at += 1) {
    const below = path.join(folder, 'src', `part-${Math.floor(at / filesInFolder)}`);
    if (at % filesInFolder === 0) await mkdir(below, { recursive: true });
    await writeFile(path.join(below, `file-${at}.txt`), `${at}\n`.repeat(fileBytes / 5));
  }
  await mkdir(path.join(folder, '.devcontainer'), { recursive: true });
  const found: Record<string, number> = {};
  for (const [kind, source] of [
    [decisionKinds[0], 'src/part-0/file-0.txt'] as const,
    [decisionKinds[1], '.'] as const,
  ]) {
    const config = { build: { dockerfile: 'Dockerfile', context: '..' } };
    await writeFile(path.join(folder, '.devcontainer/devcontainer.json'), JSON.stringify(config));
    await writeFile(
      path.join(folder, '.devcontainer/Dockerfile'),
      `FROM busybox:1.36\nLABEL slipway.bench=${nonce}\nCOPY ${source} /src/\n`,
    );
    const image = `${host}/${nonce}/devcontainer`;
    const times: number[] = [];
    // The first one builds and publishes; only the others count.
    for (let round = 0; round < 4; round += 1) {
      await using job = await openJob(lab, { workspace: folder });
      const step = await job.run('devcontainer-prebuild', { image });
      if (step.exitCode !== 0)
        throw new ScriptError(`our step ended with ${step.exitCode}\n${step.stdout}${step.stderr}`);
      const state = Object.fromEntries(Object.entries(step.state).map(([name, value]) => [`STATE_${name}`, value]));
      await job.run('devcontainer-prebuild', {}, { env: state, script: 'post' });
      if (round > 0) times.push(Timings.parse(JSON.parse(step.outputs.timings ?? '')).decide);
    }
    found[kind] = times.toSorted((a, b) => a - b)[1] ?? Number.NaN;
  }
  await forgetImages(lab, nonce);
  return found;
}
