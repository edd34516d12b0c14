import { Engine } from '../clients/engine.ts';
import { RefusedError } from '../domain/errors.ts';
import { parseRepository } from '../domain/image-ref.ts';
import { type ImageSet, type SetImage, setIdentity } from '../domain/image-set.ts';
import { inertText } from '../domain/inert-text.ts';
import type { RunFacts } from '../domain/plan.ts';
import type { PlannedSetTest } from '../domain/planned-set-test.ts';
import type { Platform } from '../domain/platform.ts';
import { scrubbedEnv } from '../domain/scrubbed-env.ts';
import { imageVariables, type SetTestResult, setTestDigest } from '../domain/set-test.ts';
import type { ContentSource } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';
import { copyContent } from '../store/copy.ts';
import { readImage } from '../store/image-content.ts';
import { inParallel } from '../store/parallel.ts';
import { storeHandler } from '../store/registry/store-handler.ts';
import { createStore } from '../store/store.ts';
import type { TestPorts } from './testing/attempt.ts';
import { bringImage } from './testing/engine-image.ts';
import { nameNotes } from './testing/engine-names.ts';
import { LiveOutput } from './testing/live-output.ts';
import { privateDockerConfig } from './testing/private-docker-config.ts';
import { runSetTest, type SetTestEnd } from './testing/set-test-run.ts';
import { heard, TestLog, testLogFolder } from './testing/test-log.ts';

/** What the test of a set works with. */
export interface SetTestInputs {
  readonly set: ImageSet;
  readonly test: PlannedSetTest;
  /** Where the content of an image is, such as the registry that it was staged in. */
  readonly contentOf: (image: SetImage) => Promise<ContentSource>;
  /** The repository's folder. */
  readonly folder: string;
  /** A folder of the run, for what comes and goes; its name with `..logs` holds the log. */
  readonly workFolder: string;
  readonly version: string | null;
  readonly owner: string;
  readonly run: RunFacts;
}

/** What the test of a set needs from outside. */
export type SetTestPorts = TestPorts & Pick<Ports, 'processes'>;

/** An image of the set as the engine has it. */
interface InEngine {
  readonly key: string;
  readonly reference: string;
  readonly digest: SetTestResult['images'][number]['digest'];
}

/** The file that everything goes to that the test prints. */
export const setLogName = 'set-test.log';

const bringsAtOnce = 4;

/** Runs the test of a set once, with exactly the bytes that the set names: those that were built and those that are carried over. */
export async function testSet(ports: SetTestPorts, inputs: SetTestInputs): Promise<SetTestResult> {
  const { set, test, run } = inputs;
  const started = ports.clock.now().getTime();
  const end = await withImages(ports, inputs, async (images) => ({
    ...(await runOnce(ports, inputs, images)),
    images,
  }));
  return {
    schema: 'slipway.set-test/1',
    set: setIdentity(set),
    test: setTestDigest(test),
    name: test.name,
    state: end.state === 'passed' ? 'passed' : 'failed',
    exitCode: end.exitCode,
    reason: end.reason,
    durationMs: ports.clock.now().getTime() - started,
    images: end.images.map(({ key, digest }) => ({ key, digest })),
    run,
  };
}

/** Brings the images into the engine, some at once, and takes their names away when the body is done. */
async function withImages<T>(
  ports: SetTestPorts,
  inputs: SetTestInputs,
  body: (images: readonly InEngine[]) => Promise<T>,
): Promise<T> {
  const engine = new Engine(ports);
  const platform = await engine.platform();
  const held: AsyncDisposable[] = [];
  const images: InEngine[] = [];
  try {
    await inParallel([...inputs.set.images.entries()], bringsAtOnce, async ([place, image]) => {
      images[place] = await bring(ports, { inputs, engine, platform, held }, image);
    });
    return await body(images);
  } finally {
    for (const one of held.toReversed()) await one[Symbol.asyncDispose]();
  }
}

async function bring(
  ports: SetTestPorts,
  way: {
    readonly inputs: SetTestInputs;
    readonly engine: Engine;
    readonly platform: Platform | undefined;
    readonly held: AsyncDisposable[];
  },
  image: SetImage,
): Promise<InEngine> {
  const { inputs, engine, held } = way;
  const { workFolder } = inputs;
  const source = await inputs.contentOf(image);
  const { platforms } = await readImage(source, image.digest);
  const found = platforms.find(({ platform }) => platform === way.platform);
  if (found === undefined) throw notForEngine(image, way.platform, platforms);
  const { digest, platform } = found;
  const store = await createStore(ports, `${workFolder}/${image.key}`, { name: `the store of ${image.key}` });
  await copyContent(source, store, { digest });
  const server = await ports.httpServer.listen(storeHandler(store, image.key));
  held.push(server);
  const repository = parseRepository(`127.0.0.1:${server.port}/${image.key}`, image.key);
  const noteName = nameNotes(ports.files, testLogFolder(workFolder));
  const copy = await bringImage(
    ports,
    { engine, store, repository, noteName, scratch: workFolder },
    { digest, platform },
  );
  held.push(copy);
  return { key: image.key, reference: copy.reference, digest };
}

async function runOnce(ports: TestPorts, inputs: SetTestInputs, images: readonly InEngine[]): Promise<SetTestEnd> {
  const { test, folder, owner, version, workFolder } = inputs;
  const variables = imageVariables(
    images.map(({ key }) => key),
    'the set',
  );
  const list = `${workFolder}/images.json`;
  await ports.files.write(
    list,
    JSON.stringify(Object.fromEntries(images.map(({ key, reference }) => [key, reference]))),
  );
  await using config = await privateDockerConfig(ports.files, ports.env, workFolder);
  const env = {
    ...scrubbedEnv(ports.env),
    DOCKER_CONFIG: config.path,
    ...test.env,
    SLIPWAY_VERSION: version ?? '',
    SLIPWAY_IMAGES: list,
    ...Object.fromEntries(images.map(({ key, reference }) => [variables.get(key) ?? key, reference])),
  };
  const log = new TestLog(ports.files, testLogFolder(workFolder), setLogName);
  log.begin();
  const live = new LiveOutput(ports, `the set: ${test.name}`);
  const take = heard(ports.secrets, log, live);
  let end = 'it broke off';
  try {
    const ended = await runSetTest(ports, { test, env, folder, owner }, take);
    end = ended.state === 'passed' ? 'passed' : `${ended.state}: ${ended.reason}`;
    live.end(ended.state !== 'passed');
    return ended;
  } finally {
    await log.end(`${ports.clock.now().toISOString()} ${inertText(test.name)}`, inertText(end));
  }
}

function notForEngine(
  { key, digest }: SetImage,
  platform: Platform | undefined,
  has: readonly { readonly platform: Platform }[],
): RefusedError {
  return new RefusedError({
    code: 'set-test-platform',
    what: `the test of the set runs on ${platform ?? 'an engine that does not answer'}, and ${key} is for ${has.map((one) => one.platform).join(', ')}`,
    where: `${key} ${digest}`,
    state: 'no tag was written',
    next: 'run the step on a machine whose platform all images of the set have',
  });
}
