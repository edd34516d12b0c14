import { z } from 'zod';
import { DigestField, KeyField, RepositoryField, TagField } from './schemas.ts';

/** One tag of a release, as it stands at the end. */
export const ReleasedTag = z.strictObject({
  key: KeyField,
  repository: RepositoryField,
  tag: TagField,
  kind: z.enum(['immutable', 'floating']),
  was: DigestField.nullable(),
  is: DigestField.nullable(),
  should: DigestField,
  why: z.string(),
});
export type ReleasedTag = z.infer<typeof ReleasedTag>;

/** How a release ended. */
export const ReleaseReport = z.strictObject({
  schema: z.literal('slipway.release/1'),
  set: DigestField,
  state: z.enum(['released', 'unchanged', 'rolled-back', 'partial']),
  tags: z.array(ReleasedTag),
  /** From the first look at a tag to the last. */
  durationMs: z.number().optional(),
  /** From the first write of a floating tag to the last that was read back: so long the set may have been mixed. */
  windowMs: z.number().optional(),
  /** What a person should know of how it went. */
  notes: z.array(z.string()).optional(),
});
export type ReleaseReport = z.infer<typeof ReleaseReport>;

/** The tags that a release left as they should not be. */
export function wrongTags(report: ReleaseReport): readonly ReleasedTag[] {
  return report.tags.filter((tag) => tag.is !== tag.should);
}

/** The report of two steps of one release. */
export function joinReports(first: ReleaseReport, second: ReleaseReport): ReleaseReport {
  const state =
    second.state === 'unchanged'
      ? first.state
      : second.state === 'rolled-back' && first.state === 'released'
        ? 'partial'
        : second.state;
  const notes = [...(first.notes ?? []), ...(second.notes ?? [])];
  const durationMs = sum(first.durationMs, second.durationMs);
  return {
    ...second,
    state,
    tags: [...first.tags, ...second.tags],
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(notes.length === 0 ? {} : { notes: [...new Set(notes)] }),
  };
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}
