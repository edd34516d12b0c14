import { Engine } from '../clients/engine.ts';
import { RefusedError } from '../domain/errors.ts';
import { parseRepository, type Repository } from '../domain/image-ref.ts';
import type { PlannedImage, PlannedTest } from '../domain/plan.ts';
import type { BuildFragment, PlatformRecord, TestResult } from '../domain/record.ts';
import type { Ports } from '../ports/ports.ts';
import { storeHandler } from '../store/registry/store-handler.ts';
import type { Store } from '../store/store.ts';

type TestPorts = Pick<Ports, 'exec' | 'clock' | 'httpServer' | 'log'>;

const keptLines = 200;

/** Runs the tests of an image on every platform that was built, in containers made of exactly those bytes. */
export async function test(
  ports: TestPorts,
  inputs: {
    readonly image: PlannedImage;
    readonly built: BuildFragment;
    readonly store: Store;
    readonly owner: string;
  },
): Promise<readonly TestResult[]> {
  const { image, built, store, owner } = inputs;
  if (image.tests.length === 0) return [];
  const engine = new Engine(ports);
  await using server = await ports.httpServer.listen(storeHandler(store, image.key));
  const repository = parseRepository(`127.0.0.1:${server.port}/${image.key}`, image.key);
  const results: TestResult[] = [];
  for (const platform of built.platforms) {
    await engine.pull(repository, platform.digest, platform.platform);
    try {
      for (const planned of image.tests) {
        ports.log.task(image.key, { kind: 'working', text: `test ${planned.name} on ${platform.platform}` });
        results.push(await runTest(ports, { engine, repository, image, platform, planned, owner }));
      }
    } finally {
      await engine.forget(repository, platform.digest);
    }
  }
  return results;
}

async function runTest(
  ports: TestPorts,
  run: {
    readonly engine: Engine;
    readonly repository: Repository;
    readonly image: PlannedImage;
    readonly platform: PlatformRecord;
    readonly planned: PlannedTest;
    readonly owner: string;
  },
): Promise<TestResult> {
  const { engine, repository, image, platform, planned, owner } = run;
  const started = ports.clock.now().getTime();
  await using container = await engine.create(repository, platform.digest, platform.platform, {
    command: planned.command,
    owner,
  });
  refuseOtherImage(container.image, platform, image.key);
  const lines: string[] = [];
  const { exitCode, timedOut } = await container.run((line) => {
    lines.push(line);
    lines.splice(0, lines.length - keptLines);
  }, planned.timeoutMinutes * 60_000);
  const state = exitCode === 0 ? 'passed' : 'failed';
  if (state === 'failed') ports.log.relay(lines, `${image.key}: ${planned.name} on ${platform.platform}`);
  return {
    name: planned.name,
    platform: platform.platform,
    state,
    exitCode,
    durationMs: ports.clock.now().getTime() - started,
    engineImage: container.image,
    reason: state === 'passed' ? '' : timedOut ? `no end after ${planned.timeoutMinutes} min` : `exit code ${exitCode}`,
  };
}

/** The engine names an image by its manifest, or with the classic store by its config. Anything else is not what we built. */
function refuseOtherImage(image: string, platform: PlatformRecord, key: string): void {
  if (image === platform.digest || image === platform.config) return;
  throw new RefusedError({
    code: 'test-other-image',
    what: `the engine made the container of ${image}, and not of ${platform.digest}`,
    where: `${key} on ${platform.platform}`,
    state: 'nothing of this image was published',
    next: 'report this with the version of the engine that `slipway doctor` shows',
  });
}
