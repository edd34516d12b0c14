import { z } from 'zod';
import type { Digest } from './digest.ts';
import type { Repository } from './image-ref.ts';
import { RunFacts } from './plan.ts';
import { type Journal, moveStatuses } from './release-machine.ts';
import { DigestField, KeyField, RepositoryField, TagField } from './schemas.ts';

/** The bytes of a manifest, so that a tag can be put back to it although the registry has dropped it. */
const KeptManifest = z.strictObject({ mediaType: z.string(), base64: z.base64() });

/** One tag that a release moves. */
export const JournalTag = z.strictObject({
  key: KeyField,
  repository: RepositoryField,
  /** Where its content comes from, in a release to several registries. */
  source: RepositoryField.optional(),
  tag: TagField,
  kind: z.enum(['immutable', 'floating']),
  previous: DigestField.nullable(),
  previousManifest: KeptManifest.nullable(),
  target: DigestField,
  why: z.string(),
  status: z.enum(moveStatuses),
});
export type JournalTag = z.infer<typeof JournalTag>;

/** A release on its way, written down before its first write: all that is needed to end it, or to put everything back. */
export const ReleaseJournal = z.strictObject({
  schema: z.literal('slipway.journal/1'),
  set: DigestField,
  version: z.string().nullable(),
  commit: z.string().nullable(),
  run: RunFacts,
  /** When it was written. */
  time: z.string(),
  /** The registry was the one in a folder of a desk, which has another port each time. */
  embedded: z.boolean().optional(),
  tags: z.array(JournalTag),
  /** Versions newer than this one that were there at the start; a floating tag gives way to others, which came since. */
  newer: z.array(z.strictObject({ repository: RepositoryField, tags: z.array(z.string()) })).optional(),
});
export type ReleaseJournal = z.infer<typeof ReleaseJournal>;

/** What a release knows beside the moves of its machine. */
export interface JournalFacts
  extends Pick<ReleaseJournal, 'set' | 'version' | 'commit' | 'run' | 'time'>,
    Partial<Pick<ReleaseJournal, 'newer'>> {
  /** The manifest that a digest names, if it was read. */
  readonly manifestOf: (repository: Repository, digest: Digest) => { mediaType: string; bytes: Uint8Array } | undefined;
  readonly whyOf: (index: number) => string;
}

/** Writes a release down. */
export function journalOf({ moves, status }: Journal, facts: JournalFacts): ReleaseJournal {
  const { manifestOf, whyOf, ...rest } = facts;
  const tags = moves.map((move, index): JournalTag => {
    const { key, repository, tag, kind, target, previous, source } = move;
    const raw = previous === undefined ? undefined : manifestOf(repository, previous);
    return {
      ...{ key, repository, tag, kind, target, why: whyOf(index), status: status[index] ?? 'pending' },
      ...(source === undefined ? {} : { source }),
      previous: previous ?? null,
      previousManifest: raw === undefined ? null : { mediaType: raw.mediaType, base64: base64Of(raw.bytes) },
    };
  });
  return { schema: 'slipway.journal/1', ...rest, tags };
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes that a journal kept. */
export function bytesKept({ base64 }: z.infer<typeof KeptManifest>): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
