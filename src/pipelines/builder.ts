import { type Builder, inspectBuilder, noDocker } from '../clients/buildx.ts';
import { Engine } from '../clients/engine.ts';
import { ToolError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';

const state = 'nothing was built and nothing was released';

/** Finds the builder to use and refuses one that cannot do the work; each refusal names what is missing. */
export async function requireBuilder(ports: Pick<Ports, 'exec' | 'clock'>, name: string | undefined): Promise<Builder> {
  const builder = await inspectBuilder(ports.exec, name);
  if (builder?.canExport === true) return builder;
  if (builder !== undefined) {
    throw new ToolError({
      code: 'builder-cannot-export',
      what: `the builder ${builder.name} cannot write a build to disk: its engine uses the classic image store`,
      where: `the ${builder.driver} driver of buildx`,
      state,
      next: 'run `docker buildx create --driver docker-container --use`, or switch the engine to the containerd image store',
    });
  }
  const docker = await ports.exec.run('docker', ['--version'], { timeoutMs: 30_000 });
  if (docker.exitCode !== 0) throw noDocker();
  const buildx = await ports.exec.run('docker', ['buildx', 'version'], { timeoutMs: 30_000 });
  if (buildx.exitCode !== 0) {
    throw new ToolError({
      code: 'buildx-missing',
      what: 'docker has no buildx',
      where: 'docker buildx version',
      state,
      next: 'install the buildx plugin of Docker',
    });
  }
  await requireEngine(ports);
  throw new ToolError({
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
