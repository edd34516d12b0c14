import type { RegistryClient } from '../../../src/clients/registry/client.ts';
import type { EventFacts } from '../../../src/domain/event.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import type { Exec } from '../../../src/ports/exec.ts';
import type { Files } from '../../../src/ports/files.ts';
import type { Http } from '../../../src/ports/http.ts';
import { plan } from '../../../src/stages/plan.ts';
import { configuredImages } from '../../../src/stages/planning/configured.ts';
import type { PlanInputs } from '../../../src/stages/planning/plan-inputs.ts';

import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { handClock } from '../../support/hand-clock.ts';
import { type MadeImage, madeImage } from '../../support/made-image.ts';
import { madeEvent, madePlatformRecord, madePrefix, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

/** A repository of three images, of which `app` is built on `base`, and `alone` on nothing of the set. */
export const chain = {
  'slipway.yml': [
    'allow-untested: [base, app, alone]',
    'images:',
    '  app: {build-args: {REGISTRY: "{registry}"}}',
    '  base: {}',
    '  alone: {}',
    '',
  ].join('\n'),
  'base/Dockerfile': 'FROM alpine:3.20\n',
  'base/file': 'one',
  'app/Dockerfile': 'ARG REGISTRY\nFROM ${REGISTRY}/base:main\n',
  'alone/Dockerfile': 'FROM scratch\n',
};

export type Tree = Readonly<Record<string, string>>;

export interface Asked extends Partial<Omit<PlanInputs, 'event'>> {
  readonly event?: Partial<EventFacts>;
  readonly registry?: FakeRegistry;
  /** The images count as found, and not as written down. */
  readonly isDiscovered?: boolean;
  /** Who is asked about bases from elsewhere. */
  readonly bases?: RegistryClient;
  readonly http?: Http;
  /** What programs do, by the disk that they do it to. */
  readonly exec?: (files: Files) => Exec;
}

/** Plans a tree of files. */
export async function planOf(tree: Tree, asked: Asked = {}): Promise<Plan> {
  const {
    event,
    bases,
    isDiscovered = false,
    registry = new FakeRegistry(),
    http = registry.http,
    exec = () => scriptedExec([]),
    ...changes
  } = asked;
  const paths = Object.entries(tree).map(([path, text]) => [`/repo/${path}`, text] as const);
  const files = createMemoryFiles(Object.fromEntries(paths));
  const config = parseSlipwayYml(tree['slipway.yml'] ?? '', 'slipway.yml');
  const configured = await configuredImages(files, '/repo', { config, configFile: 'slipway.yml' });
  return plan(
    { files, http, clock: handClock(), registry: registry.client, bases, exec: exec(files), log: recordingLog() },
    {
      folder: '/repo',
      config: { ...config, ...configured, isDiscovered, texts: {}, notes: [] },
      configFile: 'slipway.yml',
      prefix: madePrefix,
      event: madeEvent(event),
      run: { id: 'run-1', number: 7, attempt: 1 },
      commit: { id: 'a'.repeat(40), time: 1_700_000_000, dirty: false },
      offline: false,
      ...changes,
    },
  );
}

/** Publishes every image of a plan under a tag, each with a record as an earlier run would have left it. */
export async function publishAll(
  registry: FakeRegistry,
  made: Plan,
  tag: string,
  changes: Parameters<typeof madeRecord>[1] = {},
): Promise<Readonly<Record<string, MadeImage>>> {
  const images: Record<string, MadeImage> = {};
  for (const { key, repository, identity } of made.images) {
    const image = madeImage({ layers: [{ [key]: `${identity} as ${tag}` }] });
    await registry.publish(repository, image, tag);
    const { digest } = image.manifest;
    const platforms = [{ ...madePlatformRecord(), digest }];
    const record = madeRecord(key, { identity, digest, platforms, test: 'untested', tests: [], ...changes });
    await registry.attach(record, image);
    images[key] = image;
  }
  return images;
}

/** What a plan does with each image. */
export function decisions(made: Plan): Readonly<Record<string, string>> {
  const built = made.images.map(({ key, reason }) => [key, reason]);
  return Object.fromEntries([...built, ...made.carried.map(({ key }) => [key, 'carried'])]);
}

/** The identity of every image that a plan builds. */
export function identities(made: Plan): Readonly<Record<string, string>> {
  return Object.fromEntries(made.images.map(({ key, identity }) => [key, identity]));
}
