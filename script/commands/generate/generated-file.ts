import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What generated files may depend on besides the source. */
export interface GeneratorContext {
  /** `OWNER/REPO` where the suite is published. */
  readonly repository: string;
}

/** A file that is made from the source, so that the two cannot drift apart. */
export interface GeneratedFile {
  /** Relative to the checkout. */
  readonly path: string;
  readonly make: (context: GeneratorContext) => Promise<string>;
}

/** A file whose text on disk is not what it should be. */
export interface StaleFile {
  readonly path: string;
  readonly text: string;
}

/** Makes every file and keeps those that differ from the disk. */
export async function staleFiles(
  checkout: string,
  files: readonly GeneratedFile[],
  context: GeneratorContext,
): Promise<StaleFile[]> {
  const stale: StaleFile[] = [];
  for (const file of files) {
    const text = await file.make(context);
    if (text !== (await textOf(path.join(checkout, file.path)))) stale.push({ path: file.path, text });
  }
  return stale;
}

/** Writes what differs and leaves the times of all other files alone. */
export async function writeStale(checkout: string, stale: readonly StaleFile[]): Promise<void> {
  for (const file of stale) {
    const target = path.join(checkout, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.text);
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return existsSync(file) ? readFile(file, 'utf8') : undefined;
}
