import { type EngineName, engineNameLine } from '../../formats/engine-names.ts';
import type { Files } from '../../ports/files.ts';

/** The end of the name of every such list; what lies in the folder of a run has no other name with it. */
export const engineNamesEnd = '..names';

/** Says what is about to happen to a name of the engine, so that whoever comes after a kill can undo it. */
export type NoteName = (entry: EngineName) => Promise<void>;

/** Writes the list that belongs to the tests of an image, beside their logs. */
export function nameNotes(files: Pick<Files, 'append'>, logFolder: string): NoteName {
  const line = async function* (entry: EngineName): AsyncIterable<Uint8Array> {
    yield new TextEncoder().encode(engineNameLine(entry));
  };
  return (entry) => files.append(`${logFolder}${engineNamesEnd}`, line(entry));
}
