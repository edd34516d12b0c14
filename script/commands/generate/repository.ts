import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { ScriptError } from '../script.ts';

const file = new URL('repository.json', import.meta.url);
const Repository = z.object({ repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/) });

/** Where the suite is published: the one place that says so. */
export async function readRepository(): Promise<string> {
  return Repository.parse(JSON.parse(await readFile(file, 'utf8'))).repository;
}

/** Changes it; the generated files follow. */
export async function writeRepository(repository: string): Promise<void> {
  const read = Repository.safeParse({ repository });
  if (!read.success) throw new ScriptError(`--repository wants OWNER/REPO, not ${repository}`);
  await writeFile(file, `{ "repository": "${read.data.repository}" }\n`);
}
