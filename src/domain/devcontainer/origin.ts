import { z } from 'zod';
import { type Digest, isDigest } from '../digest.ts';

const DigestsByName = z.record(z.string(), z.custom<Digest>(isDigest, { error: 'not a digest' }));

/** What a published image was made of, as it stands beside it. */
export const PrebuildOrigin = z.object({
  inputs: DigestsByName,
  /** What each base named when it was built; they count for no hash. */
  bases: DigestsByName,
  built: z.iso.datetime(),
});
export type PrebuildOrigin = z.infer<typeof PrebuildOrigin>;

/** When an image is built anew although its content is published; only runs that publish do so. */
export const refreshModes = ['missing', 'stale', 'always'] as const;

/** What the user said about that. */
export interface RefreshRules {
  readonly mode: (typeof refreshModes)[number];
  readonly maxAgeDays: number | undefined;
}

const dayMs = 86_400_000;

/** Tells whether the origin of an image has to be read at all. */
export function asksForOrigin({ mode, maxAgeDays }: RefreshRules): boolean {
  return mode === 'stale' || maxAgeDays !== undefined;
}

/** Why an image that is published is to be built anew; undefined where it is fresh. */
export function whyRefresh(
  { mode, maxAgeDays }: RefreshRules,
  origin: PrebuildOrigin | undefined,
  today: { readonly bases: Readonly<Record<string, Digest>>; readonly now: Date },
): string | undefined {
  if (mode === 'always') return 'refresh is always';
  if (mode !== 'stale' && maxAgeDays === undefined) return undefined;
  if (origin === undefined) return 'nothing says when it was built and on what';
  const days = (today.now.getTime() - Date.parse(origin.built)) / dayMs;
  if (maxAgeDays !== undefined && days >= maxAgeDays) return `it is ${Math.floor(days)} days old`;
  if (mode !== 'stale') return undefined;
  // A base that nobody answers for today has not moved as far as is known.
  const moved = Object.entries(today.bases).filter(([name, digest]) => origin.bases[name] !== digest);
  return moved.length === 0 ? undefined : `the base ${moved.map(([name]) => name).join(', ')} has moved`;
}
