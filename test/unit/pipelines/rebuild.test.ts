import { describe, expect, it } from '@jest/globals';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { CacheUse, ImageRecord } from '../../../src/domain/record.ts';
import { rebuildSet } from '../../../src/pipelines/rebuild.ts';
import { createStore } from '../../../src/store/store.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { writeMade } from '../../support/made-image.ts';
import { madePlan, madePlanned, madePrefix, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { drawn, honest } from '../../support/tampering.ts';
import { storePorts } from '../store/store-ports.ts';

const made = drawn(honest, 'oci');
const cacheRef = `${madePrefix}/cache:app`;
const cache = {
  from: [`type=registry,ref=${madePrefix}/main:app`],
  to: [`type=registry,ref=${cacheRef},mode=max,ignore-error=true`],
  fresh: true,
};
const builder = {
  name: 'other',
  driver: 'docker-container',
  version: 'v1',
  platforms: [parsePlatform('linux/amd64')],
  canExport: true,
};
const image = madePlanned('app', { cache });

function wrote(digest: Digest | undefined, problem: string | null = null): CacheUse {
  const own = { kind: 'write' as const, place: 'registry', problem };
  return { cached: 0, executed: 3, caches: [digest === undefined ? own : { ...own, digest }] };
}

/** Builds again what these records speak of, with a program that writes the made image. */
async function rebuilt(changes: {
  readonly record?: Partial<ImageRecord>;
  readonly planned?: typeof image;
  readonly exitCode?: number;
  readonly isSameMachine?: boolean;
  readonly driver?: string;
  readonly registry?: FakeRegistry;
  readonly more?: readonly (typeof image)[];
}) {
  const {
    record = {},
    planned = image,
    exitCode = 0,
    isSameMachine = false,
    driver = 'docker-container',
    registry = new FakeRegistry(),
    more = [],
  } = changes;
  const ports = storePorts(createMemoryFiles());
  const exec = scriptedExec([
    {
      program: 'docker',
      args: (args) => args[1] === 'build',
      result: async ({ args }) => {
        if (exitCode !== 0) return { exitCode, stderr: 'ERROR: it broke' };
        const folder = /dest=(.*)$/.exec(args[args.indexOf('--output') + 1] ?? '')?.[1] ?? '';
        const store = await createStore(ports, folder);
        await writeMade(store, made);
        await store.addEntry(made.descriptor);
        return {};
      },
    },
    { program: 'docker', args: (args) => args[1] === 'inspect', result: { stdout: 'Status: running\n' } },
  ]);
  const secrets = { add() {}, clean: (text: string) => text };
  const all = { ...ports, exec, env: {}, log: recordingLog(), secrets } as unknown as Parameters<typeof rebuildSet>[0];
  const rebuilds = await rebuildSet(all, {
    plan: madePlan({ images: [planned, ...more] }),
    records: [madeRecord('app', { cache: wrote(undefined), ...record }), madeRecord('carried')],
    folder: '/repo',
    scratch: '/scratch',
    registry: registry.client,
    builder: { ...builder, driver },
    isSameMachine,
    source: undefined,
  });
  const args = exec.calls.find((call) => call.args[1] === 'build')?.args ?? [];
  return { rebuilds, outcome: rebuilds[0]?.outcome, args: args.join(' '), cache: rebuilds[0]?.cache };
}

describe('a second build', () => {
  it('reads the cache that the first one wrote, then those that it read, and writes none', async () => {
    const { args, outcome, rebuilds } = await rebuilt({});
    expect(outcome).toMatchObject({ kind: 'built', fragment: { digest: made.manifest.digest } });
    expect(rebuilds).toHaveLength(1);
    expect(args).toContain(`--builder other`);
    expect(args.match(/--cache-from \S+/g)).toEqual([
      `--cache-from type=registry,ref=${cacheRef}`,
      `--cache-from type=registry,ref=${madePrefix}/main:app`,
    ]);
    expect(args).not.toMatch(/--cache-to|--no-cache/);
  });

  it('is not made where the run wrote no cache', async () => {
    const planned = { ...image, cache: { ...cache, to: [] } };
    expect(await rebuilt({ planned })).toMatchObject({
      args: '',
      outcome: { kind: 'impossible', why: expect.stringMatching(/was not written by this run/) },
    });
  });

  it.each([
    ['docker-container', true, 'impossible'],
    ['docker-container', false, 'built'],
    ['remote', false, 'impossible'],
    ['kubernetes', false, 'impossible'],
  ])('with the name of the first builder, driver %s, same machine %p: %s', async (driver, isSameMachine, kind) => {
    const record = { builder: { name: 'other', driver, version: 'v1' } };
    expect((await rebuilt({ record, driver, isSameMachine })).outcome?.kind).toBe(kind);
  });

  it('that fails proves nothing, and says why', async () => {
    expect((await rebuilt({ exitCode: 1 })).outcome).toEqual({
      kind: 'impossible',
      why: expect.stringMatching(/^it could not be built a second time: the build failed/),
    });
  });

  it('has the very base that the first one had', async () => {
    const registry = new FakeRegistry();
    const base = madePlanned('base');
    await registry.publish(base.repository, made);
    const { digest } = made.manifest;
    const planned = { ...image, bases: [{ reference: 'example/base:1', key: 'base', digest: null, platforms: {} }] };
    const record = { bases: [{ reference: 'example/base:1', key: 'base', digest }] };
    const { args } = await rebuilt({ registry, planned, record, more: [base] });
    expect(args).toContain(`example/base:1=oci-layout:///scratch/0/bases/base@${digest}`);
  });

  it('tells that another run has written the cache since', async () => {
    const registry = new FakeRegistry();
    const repository = madePlanned('cache').repository;
    const now = await registry.publish(repository, made, 'app');
    const first = digestOf('first');
    expect((await rebuilt({ registry, record: { cache: wrote(first) } })).cache).toEqual({
      place: cacheRef,
      a: first,
      b: now,
    });
    expect((await rebuilt({ registry, record: { cache: wrote(now) } })).cache).toBeUndefined();
    expect((await rebuilt({ record: { cache: wrote(first) } })).cache).toBeUndefined();
  });
});
