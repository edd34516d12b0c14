import type { RegistryClient } from '../../clients/registry/client.ts';
import type { ImageSet } from '../../domain/image-set.ts';
import type { Plan } from '../../domain/plan.ts';
import type { ReleaseJournal } from '../../domain/release-journal.ts';
import type { Journal } from '../../domain/release-machine.ts';
import type { SplitImage } from '../../domain/whole-image.ts';
import type { Ports } from '../../ports/ports.ts';
import type { History } from './snapshot.ts';

/** What a release is driven with. */
export interface ReleasePorts extends Pick<Ports, 'log' | 'clock'>, Partial<Pick<Ports, 'signals'>> {
  readonly registry: RegistryClient;
  /**
   * A new client that remembers nothing, hears no request to stop, and has so much time in all. What must not stay half
   * done is done with one, and so is the last look. Without it, `registry` serves.
   */
  readonly settling?: ((budgetMs: number) => RegistryClient) | undefined;
  /** A new client like `registry`, whose time begins anew: as much as that one had, or so much. */
  readonly renewed?: ((budgetMs?: number) => RegistryClient) | undefined;
}

/** What a git tag names now, as far as it can be found out. */
export type GitTagNow =
  | { readonly kind: 'at'; readonly commit: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly why: string };

/** What only those around a stage know. */
export interface ReleaseFacts {
  /** Reads again where the git tag is that set the run off. */
  readonly gitTag?: (() => Promise<GitTagNow>) | undefined;
  readonly history?: History | undefined;
  /** How far the clocks of the registries are from ours, at least. */
  readonly clockSkewMs?: (() => number | undefined) | undefined;
  /** Hears how far the release is: before its first write, and after every move. */
  readonly tellProgress?: ((journal: Journal) => void) | undefined;
  /** Puts the journal where it survives us; called before the first write, and at an end that is none. */
  readonly keepJournal?: ((journal: ReleaseJournal) => Promise<void>) | undefined;
}

/** A proven set on its way to its tags. */
export interface ReleaseWork {
  readonly plan: Plan;
  readonly set: ImageSet;
  /** Of its images, those that were built in parts. */
  readonly split?: readonly SplitImage[];
  readonly facts?: ReleaseFacts | undefined;
}
