import { ToolError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exec, ExecResult } from '../ports/exec.ts';
import { lastLine } from './engine-failure.ts';

/** A builder in a container of the engine, which a run makes for itself. */
export interface OwnBuilder {
  readonly name: string;
  /** The image of BuildKit. */
  readonly image: string;
  /** The path of a configuration of BuildKit. */
  readonly config: string | undefined;
  readonly driverOptions: readonly string[];
}

const attempts = 3;
/** BuildKit's image may be on its way for long; nothing else in it is slow. */
const bootMs = 600_000;

/** The arguments that make a builder; what comes later in the driver options wins. */
export function createArgs({ name, image, config, driverOptions }: OwnBuilder): readonly string[] {
  // On the network of the machine, a registry on its loopback answers.
  const options = [`image=${image}`, 'network=host', ...driverOptions];
  return [
    ...['buildx', 'create', '--name', name, '--driver', 'docker-container', '--bootstrap'],
    ...options.flatMap((option) => ['--driver-opt', option]),
    ...(config === undefined ? [] : ['--buildkitd-config', config]),
  ];
}

/** Makes a builder and waits until it runs; after a failure nothing of it is left. */
export async function createBuilder(
  { exec, clock }: { readonly exec: Exec; readonly clock: Clock },
  builder: OwnBuilder,
): Promise<void> {
  try {
    for (let attempt = 1; ; attempt++) {
      const result = await exec.run('docker', createArgs(builder), { timeoutMs: bootMs });
      if (result.exitCode === 0) return;
      if (attempt === attempts || !isPullFailure(result)) throw notMade(builder, result);
      await removeBuilder(exec, builder.name);
      await clock.sleep(2_000 * attempt);
    }
  } catch (error) {
    await removeBuilder(exec, builder.name);
    throw error;
  }
}

/** Removes a builder with its container and its cache; one that is gone already is fine. */
export async function removeBuilder(exec: Exec, name: string): Promise<boolean> {
  const args = ['buildx', 'rm', '--force', name];
  return (await exec.run('docker', args, { timeoutMs: 60_000, cleanup: true })).exitCode === 0;
}

/** A registry that was busy for a moment is worth another try; an engine that starts no such container is not. */
function isPullFailure({ stdout, stderr }: ExecResult): boolean {
  const said = stdout + stderr;
  return said.includes('pulling image') && !said.includes('creating container');
}

function notMade({ name, image }: OwnBuilder, result: ExecResult): ToolError {
  return new ToolError({
    code: 'builder-not-made',
    what: `no builder could be made of ${image}: ${lastLine(result.stderr)}`,
    where: `docker buildx create --name ${name}`,
    state: 'nothing was built, and nothing is left of that builder',
    next: 'name a builder that there is, or an image of BuildKit that this engine can pull and run',
  });
}
