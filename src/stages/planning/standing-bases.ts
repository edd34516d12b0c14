import { digestsOn } from '../../domain/base-image.ts';
import { digestOf } from '../../domain/digest.ts';
import { parseImageRef } from '../../domain/image-ref.ts';
import type { BorrowedImage, PlannedBase } from '../../domain/plan.ts';
import type { Platform } from '../../domain/platform.ts';
import { type BaseRegistry, readBase } from './base-reading.ts';
import type { Draft } from './drafts.ts';
import type { Proof } from './proof.ts';
import type { Reason } from './reasons.ts';

/** What is decided about the images when their bases are looked at. */
export interface StandingQuestion {
  readonly drafts: readonly Draft[];
  readonly reasons: ReadonlyMap<string, Reason>;
  readonly proofs: ReadonlyMap<string, Proof>;
}

/** The drafts with the digests of bases of the set that are not built, and those of them that no proof speaks for. */
export interface StandingBases {
  readonly drafts: readonly Draft[];
  readonly borrowed: readonly BorrowedImage[];
  readonly notes: readonly string[];
}

/** Finds what an image is built on where that is of the set and this run leaves it as it is: by digest, as it is published. */
export async function findStandingBases(registry: BaseRegistry, question: StandingQuestion): Promise<StandingBases> {
  const { drafts, reasons, proofs } = question;
  const byKey = new Map(drafts.map((draft) => [draft.key, draft]));
  const needed = new Set(drafts.flatMap(({ key, needs }) => (reasons.has(key) ? needs : [])));
  const standing = new Map<string, Standing>();
  const borrowed: BorrowedImage[] = [];
  const unknown: string[] = [];
  for (const key of needed) {
    const base = byKey.get(key);
    const proof = proofs.get(key);
    if (base === undefined || reasons.has(key)) continue;
    if (proof === undefined || proof.kind === 'nothing') {
      unknown.push(key);
      continue;
    }
    standing.set(key, await readStanding(registry, base, proof));
    if (proof.kind === 'other') borrowed.push(borrow(base, proof));
  }
  if (standing.size === 0 && unknown.length === 0) return { drafts, borrowed, notes: [] };
  const loans = new Map(borrowed.map(({ key, digest }) => [key, digest]));
  return {
    drafts: withLoans(drafts, reasons, loans).map((draft) => ({
      ...draft,
      bases: draft.bases.map((base) => withStanding(base, draft.platforms, standing)),
    })),
    borrowed,
    notes: [
      ...borrowed.map(({ key, why }) => `${key} is not built, and what is built on it takes ${why}`),
      ...unknown.map((key) => `${key} is not built, and nobody looked up what is published of it`),
    ],
  };
}

/** What is published of a base. */
interface Standing {
  readonly digest: PlannedBase['digest'];
  readonly platforms: (wanted: readonly Platform[]) => PlannedBase['platforms'];
}

type Published = Exclude<Proof, { kind: 'nothing' }>;

async function readStanding(registry: BaseRegistry, { repository }: Draft, proof: Published): Promise<Standing> {
  const { digest } = proof;
  if (proof.kind === 'proven') {
    const known = new Map(proof.record.platforms.map((one) => [one.platform, one.digest]));
    return { digest, platforms: (wanted) => digestsOn({ digest, platforms: known }, wanted) };
  }
  const read = await readBase(registry, parseImageRef(`${repository}@${digest}`, repository));
  return { digest, platforms: (wanted) => (read === undefined ? {} : digestsOn(read, wanted)) };
}

function borrow({ key, repository }: Draft, { digest, found }: Extract<Proof, { kind: 'other' }>): BorrowedImage {
  return { key, repository, digest, why: `${found}, ${digest}` };
}

function withStanding(
  base: PlannedBase,
  platforms: readonly Platform[],
  standing: ReadonlyMap<string, Standing>,
): PlannedBase {
  const found = base.key === null ? undefined : standing.get(base.key);
  if (found === undefined) return base;
  return { ...base, digest: found.digest, platforms: found.platforms(platforms) };
}

/** An image on a base of other inputs than ours is no proof for our inputs, so its identity says what it was built on. */
function withLoans(
  drafts: readonly Draft[],
  reasons: ReadonlyMap<string, Reason>,
  loans: ReadonlyMap<string, string>,
): readonly Draft[] {
  if (loans.size === 0) return drafts;
  const marks = new Map<string, string>(loans);
  // Each stands after what it is built on.
  return drafts.map((draft) => {
    const own = draft.needs.flatMap((key) => marks.get(key) ?? []);
    if (own.length === 0 || !reasons.has(draft.key)) return draft;
    const identity = digestOf([draft.identity, ...own].join('\n'));
    marks.set(draft.key, identity);
    return { ...draft, identity };
  });
}
