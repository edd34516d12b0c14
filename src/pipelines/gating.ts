import type { RegistryClient } from '../clients/registry/client.ts';
import { buildKitImage } from '../domain/buildkit-image.ts';
import type { GateMode } from '../domain/gate-mode.ts';
import type { ImageSet } from '../domain/image-set.ts';
import { joinPath } from '../domain/path.ts';
import type { Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { SplitImage } from '../domain/whole-image.ts';
import type { DockerfileText } from '../formats/dockerfile-steps.ts';
import type { Ports } from '../ports/ports.ts';
import type { GivenSecret } from '../stages/building/secrets.ts';
import { gate } from '../stages/gate.ts';
import type { FindStore } from '../stages/gating/views.ts';
import { type BuilderWish, openBuilder } from './builder.ts';
import { rebuildSet } from './rebuild.ts';

/** The set that the gate is asked about, and where it is. */
export interface GatedWork {
  readonly plan: Plan;
  readonly set: ImageSet;
  readonly split?: readonly SplitImage[];
  readonly registry: RegistryClient;
}

/** How the gate is to prove a set, and what it needs for that. */
export interface Gating {
  readonly mode: GateMode;
  /** What the builds left, part by part. */
  readonly records: readonly ImageRecord[];
  /** The repository's folder. */
  readonly folder: string;
  readonly source: string | undefined;
  readonly findStore: FindStore;
  /** Another builder than the first one; without a name, one is made and removed. */
  readonly builder: BuilderWish;
  readonly isSameMachine: boolean;
  /** A folder on a disk with space; without it the system's own. */
  readonly temp?: string | undefined;
  readonly secrets?: ReadonlyMap<string, GivenSecret> | undefined;
  readonly logins?: string | undefined;
  /** Hears the name of a builder before there is one to remove. */
  readonly onBuilder?: ((name: string) => Promise<void>) | undefined;
}

/** Asks the gate in any of its modes. */
export async function gateBy(ports: Ports, work: GatedWork, gating: Gating): Promise<Verdict> {
  const { mode, records, findStore } = gating;
  const dockerfiles = await dockerfilesOf(ports, work.plan, gating.folder);
  const inputs = { ...work, dockerfiles };
  if (mode === 'promote') return gate(work, inputs);
  if (mode === 'archive') return gate(work, { ...inputs, way: { mode, records, findStore } });
  await using scratch = await ports.files.tempFolder('slipway-gate-', gating.temp);
  await using opened = await openBuilder(ports, anotherBuilder(gating.builder), {
    owner: `gate-${ports.random.hex(12)}`,
    ...(gating.onBuilder === undefined ? {} : { onMake: gating.onBuilder }),
  });
  const rebuilds = await ports.log.group('the second builds', () =>
    rebuildSet(ports, { ...gating, ...work, scratch: scratch.path, builder: opened.builder }),
  );
  return await gate(work, { ...inputs, way: { mode, rebuilds } });
}

/** The current builder may be the one that built; unless one is named, one is described, and so made. */
function anotherBuilder(wish: BuilderWish): BuilderWish {
  return wish.name === undefined ? { ...wish, image: wish.image ?? buildKitImage } : wish;
}

/** The Dockerfiles of the images that this run built, for what is said about their lines. */
async function dockerfilesOf(
  { files }: Pick<Ports, 'files'>,
  plan: Plan,
  folder: string,
): Promise<ReadonlyMap<string, DockerfileText>> {
  const found = new Map<string, DockerfileText>();
  for (const { key, dockerfile: file, dockerfileText, target, buildArgs } of plan.images) {
    const text = dockerfileText ?? (await files.readText(joinPath(folder, file)));
    if (text !== undefined) found.set(key, { text, file, target, buildArgs });
  }
  return found;
}
