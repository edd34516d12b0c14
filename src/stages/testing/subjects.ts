import { Engine } from '../../clients/engine.ts';
import { parseRepository } from '../../domain/image-ref.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { BuildFragment } from '../../domain/record.ts';
import { scrubbedEnv } from '../../domain/scrubbed-env.ts';
import { storeHandler } from '../../store/registry/store-handler.ts';
import type { Store } from '../../store/store.ts';
import type { Subject, TestPorts } from './attempt.ts';
import { bringImage } from './engine-image.ts';
import { nameNotes } from './engine-names.ts';
import { Leaving } from './leaving.ts';
import { privateDockerConfig } from './private-docker-config.ts';

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
  /** Takes over the removal of what the engine has; without it, it is waited for. */
  readonly leaving?: Leaving | undefined;
}

/** Gives the engine one platform of an image after the other, exactly as it lies in the store, and does something with each. */
export async function onEachPlatform(
  ports: TestPorts,
  inputs: TestInputs,
  body: (subject: Subject) => Promise<void>,
): Promise<void> {
  const { image, built, store, owner, folder, version } = inputs;
  const engine = new Engine(ports);
  await using server = await ports.httpServer.listen(storeHandler(store, image.key));
  const repository = parseRepository(`127.0.0.1:${server.port}/${image.key}`, image.key);
  // In the folder of the run, so that it is removed also after a kill.
  const scratch = inputs.logFolder.slice(0, inputs.logFolder.lastIndexOf('/')) || undefined;
  const noteName = nameNotes(ports.files, inputs.logFolder);
  await using config = await privateDockerConfig(ports.files, ports.env, scratch);
  const env = { ...scrubbedEnv(ports.env), DOCKER_CONFIG: config.path };
  for (const platform of built.platforms) {
    const copy = await bringImage(ports, { engine, store, repository, noteName, scratch }, platform);
    const { reference } = copy;
    const ended = new Leaving();
    try {
      await body({ engine, reference, image, platform, version, owner, folder, env, noteName, ended, scratch });
    } finally {
      const remove = async (): Promise<void> => {
        await ended[Symbol.asyncDispose]();
        await copy[Symbol.asyncDispose]();
      };
      // The next platform has layers in common, which the engine would sweep away while it takes them.
      if (inputs.leaving === undefined || platform !== built.platforms.at(-1)) await remove();
      else inputs.leaving.add(remove);
    }
  }
}
