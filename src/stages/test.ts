import { Engine } from '../clients/engine.ts';
import { parseRepository } from '../domain/image-ref.ts';
import type { PlannedImage } from '../domain/plan.ts';
import type { BuildFragment } from '../domain/record.ts';
import { scrubbedEnv } from '../domain/scrubbed-env.ts';
import type { TestResult } from '../domain/test-result.ts';
import { storeHandler } from '../store/registry/store-handler.ts';
import type { Store } from '../store/store.ts';
import type { TestPorts } from './testing/attempt.ts';
import { bringImage } from './testing/engine-image.ts';
import { checkExpectation } from './testing/expectations.ts';
import { runPlanned } from './testing/planned-run.ts';
import { privateDockerConfig } from './testing/private-docker-config.ts';
import { TestLog } from './testing/test-log.ts';

/** What the tests of an image work with. */
export interface TestInputs {
  readonly image: PlannedImage;
  readonly built: BuildFragment;
  readonly store: Store;
  readonly owner: string;
  /** The repository's folder. */
  readonly folder: string;
  readonly version: string | null;
  /** Where the log of the tests goes. */
  readonly logFolder: string;
}

/** Holds an image against its expectations, and runs its tests, on every platform that was built, with exactly those bytes. */
export async function test(ports: TestPorts, inputs: TestInputs): Promise<readonly TestResult[]> {
  const { image, built, store } = inputs;
  const results: TestResult[] = [];
  if (image.expect !== null) {
    for (const platform of built.platforms) {
      ports.log.task(image.key, { kind: 'working', text: `expectations on ${platform.platform}` });
      results.push(await checkExpectation(ports, { store, platform }, image.expect));
    }
  }
  if (image.tests.length > 0) results.push(...(await runTests(ports, inputs)));
  return results;
}

async function runTests(ports: TestPorts, inputs: TestInputs): Promise<readonly TestResult[]> {
  const { image, built, store, owner, folder, version } = inputs;
  const engine = new Engine(ports);
  const native = await engine.platform();
  const log = new TestLog(ports.files, inputs.logFolder, image.logName);
  await using server = await ports.httpServer.listen(storeHandler(store, image.key));
  const repository = parseRepository(`127.0.0.1:${server.port}/${image.key}`, image.key);
  await using config = await privateDockerConfig(ports.files, ports.env);
  const env = { ...scrubbedEnv(ports.env), DOCKER_CONFIG: config.path };
  const results: TestResult[] = [];
  for (const platform of built.platforms) {
    await using copy = await bringImage(ports, { engine, store, repository }, platform);
    const { reference } = copy;
    const subject = { engine, reference, image, platform, native, version, owner, folder, env };
    for (const planned of image.tests) results.push(await runPlanned(ports, { subject, test: planned }, log));
  }
  return results;
}
