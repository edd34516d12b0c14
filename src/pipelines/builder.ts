import { type Builder, inspectBuilder, noDocker } from '../clients/buildx.ts';
import { createBuilder, type OwnBuilder, removeBuilder } from '../clients/buildx-create.ts';
import { Engine } from '../clients/engine.ts';
import { buildKitImage } from '../domain/buildkit-image.ts';
import { ToolError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';
import { requireSpace, type SpacePorts } from './free-space.ts';

const state = 'nothing was built and nothing was released';

type BuilderPorts = Pick<Ports, 'exec' | 'clock' | 'log'>;

/** Which builder a run is to use, and what one of its own is made of. */
export interface BuilderWish {
  /** One that there is. */
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly config?: string | undefined;
  readonly driverOptions?: readonly string[] | undefined;
}

/** What a builder is called that a run makes for itself. */
export function ownBuilderName(owner: string): string {
  return `slipway-${owner}`;
}

/** The builder of a run; disposing of it removes it, if the run made it. */
export interface OpenedBuilder extends AsyncDisposable {
  readonly builder: Builder;
}

/** Whose a builder is that a run makes; its name is told before there is anything to remove. */
interface OwnerOfBuilder {
  readonly owner: string;
  readonly onMake?: (name: string) => Promise<void>;
}

/** Takes the builder that is named, else the current one, else makes one of our own. */
export async function openBuilder(ports: BuilderPorts, wish: BuilderWish, own: OwnerOfBuilder): Promise<OpenedBuilder> {
  return openFound(ports, wish, { ...own, found: await lookFor(ports, wish) });
}

/** What is being found out about a machine before anything is built on it. */
export interface WorkshopLook {
  readonly space: Promise<void>;
  readonly found: Promise<Builder | undefined>;
  readonly engine: Promise<string>;
}

/** Asks about the disks, the builder and the engine side by side; whoever opens the workshop hears what is wrong. */
export function lookAtWorkshop(ports: BuilderPorts & SpacePorts, wish: BuilderWish, folder: string): WorkshopLook {
  const look = { space: requireSpace(ports, folder), found: lookFor(ports, wish), engine: requireEngine(ports) };
  for (const one of Object.values(look)) one.catch(() => undefined);
  return look;
}

/** Opens a builder where the disks have room and an engine answers; a look at all three may be under way already. */
export async function openWorkshop(
  ports: BuilderPorts & SpacePorts,
  wish: BuilderWish,
  own: OwnerOfBuilder & { readonly folder: string; readonly look?: WorkshopLook },
): Promise<OpenedBuilder> {
  const { space, found: finding, engine } = own.look ?? lookAtWorkshop(ports, wish, own.folder);
  await Promise.allSettled([space, finding, engine]);
  await space;
  const found = await finding;
  // Without docker there is neither builder nor engine, and only who looks for a builder knows why.
  if (found === undefined && !isDescribed(wish)) throw await noBuilder(ports, wish.name, found);
  await engine;
  return openFound(ports, wish, { ...own, found });
}

function isDescribed({ image, config, driverOptions = [] }: BuilderWish): boolean {
  return image !== undefined || config !== undefined || driverOptions.length > 0;
}

async function lookFor({ exec }: Pick<Ports, 'exec'>, wish: BuilderWish): Promise<Builder | undefined> {
  return wish.name === undefined && isDescribed(wish) ? undefined : inspectBuilder(exec, wish.name);
}

async function openFound(
  ports: BuilderPorts,
  wish: BuilderWish,
  { found, ...own }: OwnerOfBuilder & { readonly found: Builder | undefined },
): Promise<OpenedBuilder> {
  const { name, image, config, driverOptions = [] } = wish;
  if (found?.canExport === true) {
    if (isDescribed(wish))
      ports.log.notice(`the builder ${found.name} is used as it is; none is made as it was described`);
    return { builder: found, async [Symbol.asyncDispose]() {} };
  }
  if (name !== undefined || (found === undefined && !isDescribed(wish))) throw await noBuilder(ports, name, found);
  await requireEngine(ports);
  const why = found === undefined ? '' : `${found.name} cannot write a build to disk; `;
  const made = { name: ownBuilderName(own.owner), image: image ?? buildKitImage, config, driverOptions };
  ports.log.info(`${why}a builder is made of ${made.image}, and removed at the end`);
  await own.onMake?.(made.name);
  return makeBuilder(ports, made);
}

/** The builder that a run would begin with; it may be one that cannot write to disk, where a run makes its own. */
export async function findBuilder(ports: Pick<Ports, 'exec' | 'clock'>, name: string | undefined): Promise<Builder> {
  const found = await inspectBuilder(ports.exec, name);
  if (found === undefined || (name !== undefined && !found.canExport)) throw await noBuilder(ports, name, found);
  return found;
}

async function makeBuilder(ports: BuilderPorts, made: OwnBuilder): Promise<OpenedBuilder> {
  await createBuilder(ports, made);
  const remove = async (): Promise<void> => {
    if (await removeBuilder(ports.exec, made.name)) return;
    ports.log.warning(`the builder ${made.name} was not removed: \`docker buildx rm --force ${made.name}\` does it`);
  };
  try {
    const builder = await inspectBuilder(ports.exec, made.name);
    if (builder !== undefined) return { builder, [Symbol.asyncDispose]: remove };
    throw await noBuilder(ports, made.name, builder);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Why there is no builder that can do the work; it names what is missing. */
async function noBuilder(
  ports: Pick<Ports, 'exec' | 'clock'>,
  name: string | undefined,
  found: Builder | undefined,
): Promise<ToolError> {
  if (found !== undefined) {
    return new ToolError({
      code: 'builder-cannot-export',
      what: `the builder ${found.name} cannot write a build to disk: its engine uses the classic image store`,
      where: `the ${found.driver} driver of buildx`,
      state,
      next: 'name no builder, then one is made and removed again; or make one that stays with `docker buildx create --driver docker-container`',
    });
  }
  const docker = await ports.exec.run('docker', ['--version'], { timeoutMs: 30_000 });
  if (docker.exitCode !== 0) return noDocker();
  const buildx = await ports.exec.run('docker', ['buildx', 'version'], { timeoutMs: 30_000 });
  if (buildx.exitCode !== 0) {
    return new ToolError({
      code: 'buildx-missing',
      what: 'docker has no buildx',
      where: 'docker buildx version',
      state,
      next: 'install the buildx plugin of Docker',
    });
  }
  await requireEngine(ports);
  return new ToolError({
    code: 'builder-missing',
    what:
      name === undefined
        ? 'buildx has no builder that works'
        : `buildx has no builder ${JSON.stringify(name)} that works`,
    where: 'docker buildx inspect --bootstrap',
    state,
    next: 'run `docker buildx ls`, and name one of them with --builder',
  });
}

/** The engine runs the tests; without it nothing can be proven. */
export async function requireEngine(ports: Pick<Ports, 'exec' | 'clock'>): Promise<string> {
  const version = await new Engine(ports).version();
  if (version !== undefined) return version;
  throw new ToolError({
    code: 'engine-missing',
    what: 'no container engine answers',
    where: 'docker version',
    state,
    next: 'start the engine, or say with DOCKER_HOST where it is; `slipway doctor` looks again',
  });
}
