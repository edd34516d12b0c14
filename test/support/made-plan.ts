import { plainBuild } from '../../src/domain/build-options.ts';
import { digestOf } from '../../src/domain/digest.ts';
import type { EventFacts } from '../../src/domain/event.ts';
import { parseRepository, parseTag, type Tag } from '../../src/domain/image-ref.ts';
import type { CarriedImage, Plan, PlannedImage } from '../../src/domain/plan.ts';
import { type PlannedTest, plainSandbox } from '../../src/domain/planned-test.ts';
import { parsePlatform } from '../../src/domain/platform.ts';
import type { ImageRecord, PlatformRecord } from '../../src/domain/record.ts';

export { plainSandbox };

/** The registry with a path below which made images are published. */
export const madePrefix = 'registry.test/acme';

/** A push to the default branch, unless a test says otherwise. */
export function madeEvent(changes: Partial<EventFacts> = {}): EventFacts {
  return {
    name: 'push',
    ref: 'refs/heads/main',
    defaultBranch: 'main',
    untrusted: false,
    rebuildBase: false,
    before: null,
    base: null,
    head: null,
    prerelease: false,
    target: null,
    ...changes,
  };
}

/** A test that runs `true` in a container. */
export function madeTest(changes: Partial<Extract<PlannedTest, { kind: 'run' }>> = {}): PlannedTest {
  return {
    kind: 'run',
    name: 'true',
    command: ['true'],
    timeoutMinutes: 10,
    env: {},
    optional: false,
    attempts: 1,
    sandbox: plainSandbox,
    ...changes,
  };
}

/** An image that a plan builds. */
export function madePlanned(key = 'app', changes: Partial<PlannedImage> = {}): PlannedImage {
  return {
    key,
    repository: parseRepository(`${madePrefix}/${key}`, 'test'),
    context: key,
    dockerfile: `${key}/Dockerfile`,
    target: null,
    platforms: [parsePlatform('linux/amd64')],
    buildArgs: {},
    contexts: {},
    dockerfileText: null,
    needs: [],
    bases: [],
    identity: digestOf(`identity of ${key}`),
    reason: 'all',
    why: 'it was not published before',
    tests: [madeTest()],
    expect: null,
    logName: `test-${key}.log`,
    allowUntested: false,
    tags: { immutable: [], floating: [parseTag('main', 'test')] },
    cache: { from: [], to: [], fresh: false },
    scan: null,
    matrix: {},
    options: plainBuild,
    jobMinutes: 60,
    ...changes,
  };
}

/** An image that a plan carries over. */
export function madeCarried(key = 'old', changes: Partial<CarriedImage> = {}): CarriedImage {
  return {
    key,
    repository: parseRepository(`${madePrefix}/${key}`, 'test'),
    digest: digestOf(`digest of ${key}`),
    record: digestOf(`record of ${key}`),
    identity: digestOf(`identity of ${key}`),
    commit: 'b'.repeat(40),
    why: 'what main names was proven for the same inputs (record: unsigned)',
    tags: { immutable: [], floating: [parseTag('main', 'test')] },
    ...changes,
  };
}

/** A plan of one image. */
export function madePlan(changes: Partial<Plan> = {}): Plan {
  const images = changes.images ?? [madePlanned()];
  return {
    schema: 'slipway.plan/1',
    version: null,
    event: madeEvent(),
    rights: {
      readCache: true,
      writeCache: true,
      stage: true,
      branchTag: true,
      versionTag: false,
      floating: false,
    },
    run: { id: 'run-1', number: 1, attempt: 1 },
    commit: 'a'.repeat(40),
    commitTime: 1_700_000_000,
    dirty: false,
    levels: [images.map(({ key }) => key)],
    rows: [],
    images,
    carried: [],
    borrowed: [],
    notes: [],
    ...changes,
  };
}

/** What a record says of one platform. */
export function madePlatformRecord(platform = 'linux/amd64', seed = 'app'): PlatformRecord {
  return {
    platform: parsePlatform(platform),
    digest: digestOf(`${seed} on ${platform}`),
    config: digestOf(`config of ${seed} on ${platform}`),
    fingerprint: digestOf(`fingerprint of ${seed} on ${platform}`),
    layers: 'c'.repeat(64),
    diffIds: [digestOf(`layer of ${seed}`)],
  };
}

/** The record of an image whose test passed, for the inputs that `madePlanned` of the same key names. */
export function madeRecord(key = 'app', changes: Partial<ImageRecord> = {}): ImageRecord {
  const platforms = changes.platforms ?? [madePlatformRecord('linux/amd64', key)];
  return {
    schema: 'slipway.record/1',
    key,
    repository: parseRepository(`${madePrefix}/${key}`, 'test'),
    identity: digestOf(`identity of ${key}`),
    digest: digestOf(`digest of ${key}`),
    mediaType: 'application/vnd.oci.image.index.v1+json',
    platforms,
    bases: [],
    builder: { name: 'made', driver: 'docker-container', version: 'v0.32.0' },
    durationMs: 1500,
    tests: platforms.map(({ platform }) => ({
      name: 'true',
      platform,
      state: 'passed',
      exitCode: 0,
      durationMs: 20,
      engineImage: digestOf(`${key} on ${platform}`),
      reason: '',
    })),
    test: 'passed',
    commit: 'a'.repeat(40),
    dirty: false,
    run: { id: 'run-1', number: 1, attempt: 1 },
    ...changes,
  };
}

/** Texts as tags. */
export function tagsNamed(...names: readonly string[]): Tag[] {
  return names.map((name) => parseTag(name, 'test'));
}
