import { afterEach, describe, expect, it } from '@jest/globals';
import { contentTag } from '../../../src/domain/devcontainer/content-hash.ts';
import type { PrebuildPlan } from '../../../src/domain/devcontainer/prebuild-plan.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import type { EventFacts } from '../../../src/domain/event.ts';
import { Redactor } from '../../../src/domain/redactor.ts';
import { prebuildPlan } from '../../../src/stages/prebuild-plan.ts';
import { readProject } from '../../../src/stages/prebuilding/project.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/fake-log.ts';
import type { Door, FaultRule } from '../../support/fault-proxy/fault-script.ts';
import { type FaultyRegistry, pushMade, startFaulty } from '../../support/fault-proxy/faulty-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madeEvent } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { tag } from '../../support/registries.ts';

const image = madeImage();
const push = madeEvent();
const pull: EventFacts = { ...push, name: 'pull_request' };

let faulty: FaultyRegistry;

afterEach(async () => faulty?.[Symbol.asyncDispose]());

/** What is decided about a dev container of one image, and what was warned of. */
async function decide(event: EventFacts): Promise<{ readonly plan: PrebuildPlan; readonly warnings: string }> {
  const files = createMemoryFiles({ '/r/.devcontainer.json': '{"image":"busybox:1.36"}' });
  const project = await readProject(files, '/r', undefined);
  const log = recordingLog();
  const ports = { clock: fakeClock(), env: {}, files, log, secrets: new Redactor() };
  const cli = { readConfiguration: async () => ({}) };
  const plan = await prebuildPlan(
    ports,
    { registry: faulty.client, cli },
    {
      project,
      event,
      name: { repository: faulty.repository, floating: tag('latest') },
      push: { mode: 'filter', events: ['push'] },
      platforms: ['linux/amd64'],
      extraFiles: [],
      cliVersion: '0.89',
      refresh: { mode: 'missing', maxAgeDays: undefined },
    },
  );
  return { plan, warnings: log.texts('warning').join() };
}

async function decided(event: EventFacts): Promise<string> {
  try {
    const { plan } = await decide(event);
    return plan.decision.kind === 'reuse' ? 'reuse' : `build: ${plan.decision.why}`;
  } catch (error) {
    if (error instanceof RemoteError) return `fails: ${error.code}`;
    throw error;
  }
}

const always = (fault: FaultRule['fault'], match: FaultRule['match'] = {}): { rules: readonly FaultRule[] } => ({
  rules: [{ match, always: true, fault }],
});
const answer = (status: number) => always({ kind: 'answer', status });
const someone = { users: { ann: 'very-secret-word' } };

describe('what a registry answers, and what a dev container does then', () => {
  it.each<[string, { rules?: readonly FaultRule[]; door?: Door }, string, string]>([
    ['404', {}, 'build: absent', 'build: absent'],
    [
      '401, whatever is shown',
      { door: { kind: 'basic', ...someone, refuses: 401 } },
      'build: denied',
      'fails: registry-denied',
    ],
    [
      '401 after the exchange of tokens',
      { door: { kind: 'bearer', ...someone, refuses: 401 } },
      'build: denied',
      'fails: registry-denied',
    ],
    ['403', { door: { kind: 'bearer', refuses: 403 } }, 'build: denied', 'fails: registry-denied'],
    [
      'a token that only reads',
      { door: { kind: 'bearer', grants: 'pull' } },
      'build: absent',
      'fails: registry-denied',
    ],
    ['429', always({ kind: 'slow-down', afterSeconds: 1 }), 'build: unreachable', 'fails: registry-busy'],
    ['500', answer(500), 'build: unreachable', 'fails: registry-failed'],
    ['502', answer(502), 'build: unreachable', 'fails: registry-failed'],
    ['503', answer(503), 'build: unreachable', 'fails: registry-failed'],
    ['a connection that breaks', always({ kind: 'reset' }), 'build: unreachable', 'fails: remote-unreachable'],
  ])('%s', async (_, options, onPull, onPush) => {
    faulty = await startFaulty(options);
    expect(await decided(pull)).toBe(onPull);
    expect(await decided(push)).toBe(onPush);
  });

  it('200, with the digest that the registry gave', async () => {
    faulty = await startFaulty();
    const { plan: before } = await decide(pull);
    await pushMade(faulty, image, before.tag);
    for (const event of [pull, push]) {
      const { plan } = await decide(event);
      expect(plan.decision).toEqual({ kind: 'reuse', digest: image.manifest.digest });
      expect(plan.tag).toBe(contentTag(plan.hash));
    }
  });

  it('no answer at all', async () => {
    faulty = await startFaulty();
    await faulty.proxy[Symbol.asyncDispose]();
    expect(await decided(pull)).toBe('build: unreachable');
    expect(await decided(push)).toBe('fails: remote-unreachable');
  });

  it.each([
    ['429', always({ kind: 'slow-down', afterSeconds: 1 }).rules],
    ['503', answer(503).rules],
    ['a connection that breaks', always({ kind: 'reset' }).rules],
  ])('%s once, and then none: it is asked again', async (_, rules) => {
    faulty = await startFaulty({ rules: rules.map(({ always: __, ...rule }) => ({ ...rule, first: 1 })) });
    expect(await decided(push)).toBe('build: absent');
    expect(faulty.clock.slept.length).toBeGreaterThan(0);
  });

  it('what a registry denies is said, where the run goes on without it', async () => {
    faulty = await startFaulty({ door: { kind: 'bearer', refuses: 403 } });
    expect((await decide(pull)).warnings).toMatch(/registry-denied: .*; the image is built here, and not published/);
  });

  it('is asked for all forms of manifests, for else old ones answer with another digest', async () => {
    faulty = await startFaulty();
    await decide(pull);
    const [request] = faulty.proxy.log.of('manifest-tag');
    for (const type of ['oci.image.index.v1', 'oci.image.manifest.v1', 'manifest.list.v2', 'manifest.v2'])
      expect(JSON.stringify(request)).toContain(type);
  });
});
