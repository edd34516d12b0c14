import { z } from 'zod';

/** What a run did to the names of an engine, written down before it is done. */
export const EngineName = z.discriminatedUnion('kind', [
  /** A name that nobody else can have had. */
  z.strictObject({ kind: z.literal('made'), name: z.string() }),
  /** A name of the project's that meant nothing before; the engine knows the image by one of these ids. */
  z.strictObject({ kind: z.literal('lent'), name: z.string(), ids: z.array(z.string()) }),
  /** A name that meant something, which is kept under another one for so long. */
  z.strictObject({ kind: z.literal('kept'), name: z.string(), under: z.string() }),
  /** A name that is as it was before. */
  z.strictObject({ kind: z.literal('back'), name: z.string() }),
]);
export type EngineName = z.infer<typeof EngineName>;

/** A line of such a list. */
export function engineNameLine(entry: EngineName): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The names that are not as they were before, the last one first. Whoever wrote the list may have been killed within a line. */
export function openEngineNames(text: string): readonly Exclude<EngineName, { kind: 'back' }>[] {
  const open: Exclude<EngineName, { kind: 'back' }>[] = [];
  for (const line of text.split('\n')) {
    const entry = entryIn(line);
    if (entry === undefined) continue;
    if (entry.kind !== 'back') open.unshift(entry);
    else for (const done of open.filter(({ name }) => name === entry.name)) open.splice(open.indexOf(done), 1);
  }
  return open;
}

function entryIn(line: string): EngineName | undefined {
  try {
    return EngineName.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
