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
});
export type ReleaseReport = z.infer<typeof ReleaseReport>;

/** The report of two steps of one release. */
export function joinReports(first: ReleaseReport, second: ReleaseReport): ReleaseReport {
  const state =
    second.state === 'unchanged'
      ? first.state
      : second.state === 'rolled-back' && first.state === 'released'
        ? 'partial'
        : second.state;
  return { ...second, state, tags: [...first.tags, ...second.tags] };
}
