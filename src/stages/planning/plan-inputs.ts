import type { GitChanges } from '../../clients/git-changes.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import type { EventFacts } from '../../domain/event.ts';
import { hostOf, parseRepository } from '../../domain/image-ref.ts';
import type { RunFacts } from '../../domain/plan.ts';
import type { Platform } from '../../domain/platform.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ChangeSource } from './change-reading.ts';

/** Everything that a plan is made from. */
export interface PlanInputs {
  readonly folder: string;
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly prefix: string;
  readonly event: EventFacts;
  readonly run: RunFacts;
  readonly commit: { readonly id: string | null; readonly time: number | null; readonly dirty: boolean };
  readonly only?: readonly string[] | undefined;
  readonly buildable?: readonly Platform[] | undefined;
  /** Tags that another tool chose for this run. */
  readonly givenTags?: { readonly text: string; readonly where: string } | undefined;
  /** The files that changed since caches were written; asked only where that decides. */
  readonly dependencies?: (() => Promise<GitChanges>) | undefined;
  /** Asks no registry; then the diff decides, and without one everything counts as changed. */
  readonly offline: boolean;
  /** Digests that earlier runs have staged, by key: one of them may have been proven, and have no tag yet. */
  readonly staged?: ReadonlyMap<string, Digest> | undefined;
  /** Asks about bases alone: what was published before decides nothing. */
  readonly basesOnly?: boolean | undefined;
  /** What git can tell of the files that changed. */
  readonly changes?: ChangeSource | undefined;
}

/** What a plan is made with. */
export type PlanPorts = Pick<Ports, 'files' | 'http' | 'clock' | 'exec' | 'log'> & {
  readonly registry: RegistryClient;
  /** Asks about bases from elsewhere, and gives up early; without it they are not looked up. */
  readonly bases?: RegistryClient | undefined;
};

/** The host of the registry that a plan is about. */
export function registryHost(prefix: string): string {
  return hostOf(parseRepository(`${prefix}/image`, 'the registry prefix'));
}
