import { ConfigError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Ports } from '../ports/ports.ts';
import { plan as makePlan } from '../stages/plan.ts';
import { changesIn, dependenciesIn } from './changes.ts';
import { type DeskOptions, readDesk } from './desk.ts';
import { impatient, registryFor } from './destination.ts';
import { listOnce } from './listed-once.ts';

/** What `slipway plan` takes. */
export interface PlanOptions extends DeskOptions {
  readonly images?: readonly string[] | undefined;
  readonly offline: boolean;
  /** Compare the files with this revision; then nothing else decides what changed. */
  readonly since?: string | undefined;
}

/** Decides what a run would do, and does nothing. */
export async function planHere(ports: Ports, options: PlanOptions): Promise<Plan> {
  const listed = listOnce(ports.files);
  const desk = await readDesk({ ...ports, files: listed.first }, options);
  const prefix = desk.config.registry;
  if (prefix === undefined) {
    throw new ConfigError({
      code: 'registry-missing',
      what: 'nothing says where images are published',
      where: desk.configFile,
      state: 'nothing was built',
      next: 'write registry: ghcr.io/OWNER/REPO into it, or give --registry',
    });
  }
  return makePlan(
    { ...ports, files: listed.second(desk.config), registry: registryFor(ports), bases: registryFor(impatient(ports)) },
    {
      ...desk,
      prefix,
      run: { id: 'plan', number: null, attempt: 1 },
      commit: { id: desk.git.commit, time: desk.git.commitTime, dirty: desk.git.dirty },
      only: options.images,
      offline: options.offline,
      // Without its file an event names no commit to compare with: what is not asked for is not looked up.
      changes: options.since === undefined && !desk.isFromFile ? undefined : changesIn(ports, desk, options.since),
      dependencies: dependenciesIn(ports, desk),
    },
  );
}
