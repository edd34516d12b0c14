import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const Texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
const Include = z.union([
  z.string().transform((path) => ({ path: [path], env_file: [], project_directory: undefined })),
  z.looseObject({ path: Texts, env_file: Texts, project_directory: z.string().optional() }),
]);
const Service = z.looseObject({
  extends: z.union([z.string(), z.looseObject({ file: z.string().optional() })]).nullish(),
});
const Reader = z.looseObject({
  include: z.array(Include).nullish(),
  services: z.record(z.string(), Service.nullish()).nullish(),
});

/** Files that a compose file takes in, and from where what they name is meant; undefined where that cannot be told. */
export interface ComposeReads {
  /** More compose files. */
  readonly files: readonly string[];
  /** What else is read, or read from. */
  readonly others: readonly string[];
}

const maxLength = 1024 * 1024;

/** What compose reads beside a file, by what the file says, before anything of it can be asked. */
export function composeReads(text: string): ComposeReads | undefined {
  const says = (): ComposeReads | undefined =>
    /include|extends|\\/.test(text) ? undefined : { files: [], others: [] };
  if (text.length > maxLength) return says();
  const found = { files: [] as string[], others: [] as string[] };
  try {
    for (const document of [parseAllDocuments(text, { merge: true, logLevel: 'silent' })].flat()) {
      const read = Reader.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
      if (document.errors.length > 0 || !read.success) return says();
      for (const { path, env_file: env, project_directory: folder } of read.data.include ?? []) {
        found.files.push(...path);
        found.others.push(...env, ...(folder === undefined ? [] : [folder]));
      }
      for (const service of Object.values(read.data.services ?? {})) {
        const extended = service?.extends;
        if (typeof extended === 'object' && extended?.file !== undefined) found.files.push(extended.file);
      }
    }
  } catch {
    // More aliases than anybody writes.
    return says();
  }
  return found;
}
