import { z } from 'zod';
import { type Digest, isDigest } from './digest.ts';
import { RefusedError } from './errors.ts';
import { RunFacts } from './plan.ts';
import { ImageRecord } from './record.ts';
import { DigestField } from './schemas.ts';

/** What a row hands on: a record of every image, or part of one, that it built. */
export const RowResult = z.strictObject({
  schema: z.literal('slipway.result/1'),
  plan: DigestField,
  row: z.string(),
  run: RunFacts,
  records: z.array(ImageRecord),
});
export type RowResult = z.infer<typeof RowResult>;

/** The text by which a row says which document is its result. */
export function slotText(row: string, digest: Digest): string {
  return `${row}=${digest}`;
}

/** Reads the outputs of the build jobs, as GitHub gives them: one object, or objects within it. */
export function readSlots(results: unknown): ReadonlyMap<string, Digest> {
  const slots = new Map<string, Digest>();
  const read = (value: unknown, name: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) read(member, key);
      return;
    }
    if (typeof value !== 'string' || value === '' || !/^result-\d+$/.test(name)) return;
    const at = value.lastIndexOf('=');
    const row = value.slice(0, at);
    const digest = value.slice(at + 1);
    if (at < 1 || !isDigest(digest))
      throw refused('results-invalid', `the output ${name} is no result: ${JSON.stringify(value.slice(0, 100))}`);
    const other = slots.get(row);
    if (other !== undefined && other !== digest)
      throw refused('results-twice', `the row ${row} has two results: ${other} and ${digest}`);
    slots.set(row, digest);
  };
  read(results, '');
  return slots;
}

function refused(code: string, what: string): RefusedError {
  return new RefusedError({
    code,
    what,
    where: 'the input results',
    state: 'nothing was released',
    next: 'give it the outputs of the build jobs as they are: toJSON(needs)',
  });
}
