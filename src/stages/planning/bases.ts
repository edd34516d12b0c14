import { absentBase, type BaseImage, digestsOn, missingPlatform, type WantedBase } from '../../domain/base-image.ts';
import { ConfigError, placeText, RemoteError } from '../../domain/errors.ts';
import { hostOf, type ImageRef, meantBy, parseImageRef } from '../../domain/image-ref.ts';
import type { PlannedBase } from '../../domain/plan.ts';
import type { Platform } from '../../domain/platform.ts';
import type { Clock } from '../../ports/clock.ts';
import { inParallel } from '../../store/parallel.ts';
import { type BaseRegistry, readBase } from './base-reading.ts';

/** What could be found out about a base. */
export type Resolution =
  | { readonly kind: 'resolved'; readonly base: BaseImage }
  | { readonly kind: 'unreachable'; readonly why: string };

/** How the bases are looked up. */
export interface ResolveOptions {
  /** So long it takes at most, whatever the registries do. */
  readonly budgetMs: number;
  /** Without the right to read a base, a run that publishes does not go on. */
  readonly publishes: boolean;
}

/** Every base by its reference, and what a person should know. */
export interface ResolvedBases {
  readonly bases: ReadonlyMap<string, Resolution>;
  readonly notes: readonly string[];
}

/** Fewer than a connection pool takes, so that nothing waits for a place there and begins after the end. */
const mostAtOnce = 12;

type Answer = Resolution | { readonly kind: 'absent' } | { readonly kind: 'failed'; readonly error: unknown };

/** Looks up what every base from outside of the set is today: each once, all at the same time, and no longer than the budget. */
export async function resolveBases(
  ports: { readonly registry: BaseRegistry; readonly clock: Clock },
  wanted: readonly WantedBase[],
  options: ResolveOptions,
): Promise<ResolvedBases> {
  const read = wanted.map((one) => ({ one, ref: parseImageRef(one.reference, placeText(one.where)) }));
  // Two spellings of one name are asked about once.
  const distinct = new Map(read.map(({ ref }) => [spelled(ref), ref]));
  const answers = new Map<string, Answer>();
  const stop = new AbortController();
  const asked = [...byHost(distinct).values()].map((some) =>
    inParallel(some, mostAtOnce, async ([spelling, ref]) => {
      if (!stop.signal.aborted) answers.set(spelling, await ask(ports.registry, ref, options.publishes));
    }),
  );
  try {
    await Promise.race([Promise.all(asked), ports.clock.sleep(options.budgetMs, stop.signal)]);
  } finally {
    stop.abort();
  }
  const late: Answer = { kind: 'unreachable', why: `no answer within ${options.budgetMs / 1000} s` };
  return judged(read.map(({ one, ref }) => [one, answers.get(spelled(ref)) ?? late] as const));
}

/** A base of a plan with what was found out about it; a digest that its reference names stays. */
export function withDigests(
  planned: PlannedBase,
  platforms: readonly Platform[],
  resolution: Resolution | undefined,
): PlannedBase {
  if (planned.key !== null || resolution?.kind !== 'resolved') return planned;
  const { base } = resolution;
  return { ...planned, digest: planned.digest ?? base.digest, platforms: digestsOn(base, platforms) };
}

async function ask(registry: BaseRegistry, ref: ImageRef, publishes: boolean): Promise<Answer> {
  try {
    const base = await readBase(registry, ref);
    return base === undefined ? { kind: 'absent' } : { kind: 'resolved', base };
  } catch (error) {
    const isExpected = error instanceof RemoteError && !(publishes && error.code === 'registry-denied');
    return isExpected ? { kind: 'unreachable', why: error.what } : { kind: 'failed', error };
  }
}

/** What is wrong in a file comes first, in the order of the files; then what a registry did. */
function judged(answers: readonly (readonly [WantedBase, Answer])[]): ResolvedBases {
  const bases = new Map<string, Resolution>();
  const failures: unknown[] = [];
  const unknown = new Map<string, Set<string>>();
  for (const [wanted, answer] of answers) {
    if (answer.kind === 'absent') throw new ConfigError(absentBase(wanted));
    if (answer.kind === 'failed') {
      failures.push(answer.error);
      continue;
    }
    bases.set(wanted.reference, answer);
    if (answer.kind === 'unreachable') {
      unknown.set(answer.why, (unknown.get(answer.why) ?? new Set()).add(wanted.reference));
      continue;
    }
    const missing = missingPlatform(answer.base, wanted);
    if (missing !== undefined) throw new ConfigError(missing);
  }
  if (failures.length > 0) throw failures[0];
  const notes = [...unknown].map(
    ([why, references]) => `nobody could tell what is behind ${[...references].join(', ')}: ${why}`,
  );
  return { bases, notes };
}

/** A host that does not answer must not hold up the others. */
function byHost(refs: ReadonlyMap<string, ImageRef>): ReadonlyMap<string, readonly (readonly [string, ImageRef])[]> {
  const hosts = new Map<string, (readonly [string, ImageRef])[]>();
  for (const entry of refs) {
    const host = hostOf(entry[1].repository);
    hosts.set(host, [...(hosts.get(host) ?? []), entry]);
  }
  return hosts;
}

function spelled(ref: ImageRef): string {
  return `${ref.repository} ${meantBy(ref)}`;
}
