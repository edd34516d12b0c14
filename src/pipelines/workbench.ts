import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { Ports } from '../ports/ports.ts';
import { plan as makePlan } from '../stages/plan.ts';
import { type DeskOptions, type DeskRepository, readDesk } from './desk.ts';
import { impatient, pathFor, registryFor } from './destination.ts';
import { sweepKilled } from './leftovers.ts';

/** A repository on this machine with a place to work in; disposing of it removes what no later command needs. */
export interface Workbench extends AsyncDisposable {
  readonly desk: DeskRepository;
  /** The folder in the repository that is ours. */
  readonly work: string;
  /** Gone at the end. */
  readonly runFolder: string;
  /** Nobody else has this one. */
  readonly id: string;
}

/** What a plan for one step is about. */
export interface StepPlan {
  readonly only: readonly string[] | undefined;
  readonly buildable: readonly Platform[] | undefined;
  /** Something will be built, and its bases are looked up. */
  readonly looksUp: boolean;
}

/** Reads a repository, and makes room beside it. */
export async function openWorkbench(ports: Ports, options: DeskOptions): Promise<Workbench> {
  const desk = await readDesk(ports, options);
  const work = `${desk.folder}/.slipway`;
  await ports.files.create(`${work}/.gitignore`, '*\n');
  await sweepKilled(ports, work, 'run-');
  const runFolder = await ports.files.tempFolder('run-', work);
  const id = `desk-${ports.random.hex(12)}`;
  return { desk, work, runFolder: runFolder.path, id, [Symbol.asyncDispose]: () => runFolder[Symbol.asyncDispose]() };
}

/** What the files say of the images; what was published before decides nothing, and nothing may be published. */
export async function planStep(ports: Ports, { desk, id }: Workbench, wish: StepPlan): Promise<Plan> {
  const { git, config } = desk;
  const made = await makePlan(
    { ...ports, registry: registryFor(ports), bases: registryFor(impatient(ports)) },
    {
      ...desk,
      // Nobody who only looks should fill the caches of others.
      config: { ...config, cache: { ...config.cache, type: 'none' } },
      prefix: prefixOf(desk),
      run: { id, number: null, attempt: 1 },
      commit: { id: git.commit, time: git.commitTime, dirty: git.dirty },
      only: wish.only,
      buildable: wish.buildable,
      offline: !wish.looksUp,
      basesOnly: true,
    },
  );
  return { ...made, rights: { ...made.rights, stage: false } };
}

/** Where the images of a repository are published; a name for them where nothing says it. */
export function prefixOf({ config, folder }: Pick<DeskRepository, 'config' | 'folder'>): string {
  return config.registry ?? `localhost/${pathFor({ folder, configured: undefined })}`;
}
