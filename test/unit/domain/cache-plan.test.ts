import { describe, expect, it } from '@jest/globals';
import {
  type CacheAccess,
  type CachePlace,
  type CachePolicy,
  type CacheRules,
  cacheAccessOf,
  cacheOfPart,
  cachePlanOf,
  isRebuildable,
  rebuildCacheOf,
  rightsWithCache,
} from '../../../src/domain/cache-plan.ts';
import type { EventFacts } from '../../../src/domain/event.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { rightsOf } from '../../../src/domain/rights.ts';
import { parseVersion } from '../../../src/domain/version.ts';
import { madeEvent } from '../../support/made-plan.ts';

const version = parseVersion('v1.2.3', 'test');
const events = {
  fork: { name: 'pull_request', untrusted: true },
  dependabotPush: { ref: 'refs/heads/dependabot/x', untrusted: true },
  dependabotRebuild: { name: 'workflow_dispatch', untrusted: true, rebuildBase: true },
  pull: { name: 'pull_request' },
  mergeGroup: { name: 'merge_group' },
  main: {},
  branch: { ref: 'refs/heads/topic' },
  tag: { ref: 'refs/tags/nightly' },
  notes: { ref: 'refs/notes/x' },
  schedule: { name: 'schedule' },
  scheduleElsewhere: { name: 'schedule', ref: 'refs/heads/topic' },
  rebuild: { name: 'workflow_dispatch', rebuildBase: true },
  manual: { name: 'workflow_dispatch' },
  manualOnVersion: { name: 'workflow_dispatch', ref: 'refs/tags/v1.2.3' },
  manualElsewhere: { name: 'workflow_dispatch', ref: 'refs/heads/topic' },
  rebuildElsewhere: { name: 'workflow_dispatch', ref: 'refs/heads/topic', rebuildBase: true },
  version: { ref: 'refs/tags/v1.2.3' },
  release: { name: 'release', ref: 'refs/tags/v1.2.3' },
} satisfies Record<string, Partial<EventFacts>>;

function accessOf(facts: Partial<EventFacts>, rules: Partial<CacheRules>) {
  const event = madeEvent(facts);
  const rights = rightsOf(event, version);
  return cacheAccessOf(event, rights, { policy: 'shared', release: 'read', dependenciesChanged: false, ...rules });
}

/** `main topic > topic`: what is read, and what is written. */
function wordsOf(facts: Partial<EventFacts>, rules: Partial<CacheRules>): string {
  const { read, write, fresh } = accessOf(facts, rules);
  const nameOf = (domain: (typeof read)[number]) => (domain.kind === 'own' ? domain.name : 'main');
  return [...(fresh ? ['fresh'] : []), ...read.map(nameOf), ...(write === undefined ? [] : ['>', nameOf(write)])].join(
    ' ',
  );
}

describe('the caches of', () => {
  const cells = [
    ['shared', false],
    ['shared', true],
    ['isolated', false],
    ['isolated', true],
  ] as const satisfies readonly (readonly [CachePolicy, boolean])[];

  // For each policy, without and with changed dependencies.
  it.each<[keyof typeof events, string, string, string, string]>([
    ['fork', 'main', 'main', 'fresh', 'fresh'],
    ['dependabotPush', 'main', 'main', 'fresh', 'fresh'],
    ['dependabotRebuild', 'fresh', 'fresh', 'fresh', 'fresh'],
    ['pull', 'main', 'main', 'fresh', 'fresh'],
    ['mergeGroup', 'main', 'main', 'fresh', 'fresh'],
    ['main', 'main > main', 'main > main', 'main', 'main > main'],
    ['branch', 'topic main > topic', 'topic main > topic', 'topic main > topic', 'topic main > topic'],
    ['tag', 'nightly main > nightly', 'nightly main > nightly', 'nightly main > nightly', 'nightly main > nightly'],
    ['notes', 'main', 'main', 'main', 'main'],
    ['schedule', 'fresh > main', 'fresh > main', 'fresh > main', 'fresh > main'],
    ['scheduleElsewhere', 'fresh > main', 'fresh > main', 'fresh > main', 'fresh > main'],
    ['rebuild', 'fresh > main', 'fresh > main', 'fresh > main', 'fresh > main'],
    ['manual', 'main', 'main > main', 'main', 'main > main'],
    ['manualOnVersion', 'main', 'main > main', 'main', 'main > main'],
    ['manualElsewhere', 'main', 'main', 'main', 'main'],
    ['rebuildElsewhere', 'fresh', 'fresh', 'fresh', 'fresh'],
    ['version', 'main', 'main > main', 'main', 'main > main'],
    ['release', '', '', '', ''],
  ])('%s', (name, ...expected) => {
    const found = cells.map(([policy, dependenciesChanged]) => wordsOf(events[name], { policy, dependenciesChanged }));
    expect(found).toEqual(expected);
  });

  it('a version are not read where cache.release is none, and are written as before', () => {
    const rules = { release: 'none' } as const;
    expect(
      [false, true].map((dependenciesChanged) => wordsOf(events.version, { ...rules, dependenciesChanged })),
    ).toEqual(['', '> main']);
  });

  it.each<[keyof typeof events, string]>([
    ['main', 'main > main'],
    ['manual', 'main'],
    ['tag', 'nightly main > nightly'],
  ])('%s are the same where cache.release is none', (name, expected) => {
    expect(wordsOf(events[name], { release: 'none' })).toBe(expected);
  });

  it('a run by hand on another branch that the project allows are its own', () => {
    const event = madeEvent(events.manualElsewhere);
    const rights = rightsOf(event, version, { isManualRef: () => true });
    const access = cacheAccessOf(event, rights, { policy: 'shared', release: 'read', dependenciesChanged: true });
    expect(access.read.map(({ kind }) => kind)).toEqual(['own', 'default']);
    expect(access.write).toEqual({ kind: 'own', name: 'topic' });
  });

  it('a pull request that may stage are not written either', () => {
    const event = madeEvent(events.pull);
    const rights = { ...rightsOf(event, version), stage: true };
    const access = cacheAccessOf(event, rights, { policy: 'shared', release: 'read', dependenciesChanged: true });
    expect(access.write).toBeUndefined();
  });

  it('a tag that is called like the default branch are its own', () => {
    expect(wordsOf({ ref: 'refs/tags/main', defaultBranch: 'main' }, {})).toBe('main main > main');
    expect(accessOf({ ref: 'refs/tags/main' }, {}).write).toEqual({ kind: 'own', name: 'main' });
  });
});

describe('beside the table of the project that it replaces, the policy isolated', () => {
  const subject = { key: 'cpu-py3.10', registry: 'docker.io/braindotai', defaultBranch: 'main' };
  const cache = 'type=registry,ref=docker.io/braindotai/opencrate-build-cache:cpu-py3.10';
  const words = { fresh: '--pull --no-cache', read: 'read', write: 'write' };

  const planOf = (facts: Partial<EventFacts>, dependenciesChanged: boolean) =>
    cachePlanOf(
      accessOf(facts, { policy: 'isolated', dependenciesChanged }),
      { kind: 'registry', template: 'braindotai/opencrate-build-cache:{key}', where: 'cache.ref' },
      subject,
    );
  const said = (plan: ReturnType<typeof planOf>) =>
    [
      ...(plan.fresh ? [words.fresh] : []),
      ...(plan.from.join() === cache ? [words.read] : plan.from),
      ...(plan.to.join() === `${cache},mode=max,ignore-error=true` ? [words.write] : plan.to),
    ].join(' + ');

  // Trigger; test job without and with changed dependencies; push job.
  it.each<[string, Partial<EventFacts>, string, string, string | undefined]>([
    ['Pull Request', events.pull, '--pull --no-cache', '--pull --no-cache', undefined],
    ['Pull Request of a fork', events.fork, '--pull --no-cache', '--pull --no-cache', undefined],
    ['Tag Push', events.version, 'read', 'read + write', 'read'],
    ['Scheduled', events.schedule, '--pull --no-cache + write', '--pull --no-cache + write', 'read'],
    ['Manual (REBUILD_BASE=false)', events.manual, 'read', 'read + write', 'read'],
    ['Manual (REBUILD_BASE=true)', events.rebuild, '--pull --no-cache + write', '--pull --no-cache + write', 'read'],
  ])('on %s', (_, event, unchanged, changed, push) => {
    const plans = [planOf(event, false), planOf(event, true)];
    expect(plans.map(said)).toEqual([unchanged, changed]);
    // A second build is made where the gate rebuilds, and never for a pull request.
    if (push !== undefined) expect(plans.map(rebuildCacheOf).map(said)).toEqual([push, push]);
    else expect(rightsOf(madeEvent(event), version)).toMatchObject({ stage: false, versionTag: false });
  });
});

describe('the arguments of a build', () => {
  const subject = { key: 'app', registry: 'ghcr.io/acme', defaultBranch: 'main' };
  const access: CacheAccess = {
    read: [{ kind: 'own', name: 'topic' }, { kind: 'default' }],
    write: { kind: 'own', name: 'topic' },
    fresh: false,
  };
  const inRegistry: CachePlace = { kind: 'registry', template: '{registry}/cache:{key}', where: 'cache.ref' };
  const plan = cachePlanOf(access, inRegistry, subject);

  it('are those of buildx', () => {
    expect(plan).toEqual({
      from: ['type=registry,ref=ghcr.io/acme/cache:app..topic', 'type=registry,ref=ghcr.io/acme/cache:app'],
      to: ['type=registry,ref=ghcr.io/acme/cache:app..topic,mode=max,ignore-error=true'],
      fresh: false,
    });
  });

  it('of the second one read what the first wrote, and write nothing', () => {
    expect(rebuildCacheOf(plan)).toEqual({ from: plan.from, to: [], fresh: false });
    expect(rebuildCacheOf({ from: [], to: plan.to, fresh: true })).toEqual({
      from: ['type=registry,ref=ghcr.io/acme/cache:app..topic'],
      to: [],
      fresh: false,
    });
  });

  it.each<[CachePlace, readonly string[], string]>([
    [
      { kind: 'local', folder: '.slipway/cache' },
      ['type=local,src=.slipway/cache/app..topic', 'type=local,src=.slipway/cache/app'],
      'type=local,dest=.slipway/cache/app..topic,mode=max,ignore-error=true',
    ],
    [
      { kind: 'gha' },
      ['type=gha,scope=app..topic', 'type=gha,scope=app'],
      'type=gha,scope=app..topic,mode=max,ignore-error=true',
    ],
  ])('are those of %j as well', (place, from, to) => {
    const other = cachePlanOf(access, place, subject);
    expect(other).toEqual({ from, to: [to], fresh: false });
    expect(rebuildCacheOf(other).from).toEqual(from);
  });

  it.each<[CachePlace, string, string]>([
    [inRegistry, 'type=registry,ref=ghcr.io/acme/cache:app..topic..linux-arm64', 'ref=ghcr.io/acme/cache:app..topic'],
    [{ kind: 'local', folder: 'c' }, 'type=local,src=c/app..topic..linux-arm64', 'src=c/app..topic'],
    [{ kind: 'gha' }, 'type=gha,scope=app..topic..linux-arm64', 'scope=app..topic'],
  ])('of a part by %j are its own, beside those of the whole image', (place, first, whole) => {
    const part = cacheOfPart(cachePlanOf(access, place, subject), [parsePlatform('linux/arm64')]);
    expect(part.from).toHaveLength(4);
    expect(part.from[0]).toBe(first);
    expect(part.from[1]).toMatch(new RegExp(`${whole}$`));
    expect(part.to).toEqual([`${first.replace(',src=', ',dest=')},mode=max,ignore-error=true`]);
  });

  it('let a second one prove something where the first writes', () => {
    expect([plan, { ...plan, to: [] }].map(isRebuildable)).toEqual([true, false]);
  });
});

describe('the rights of a plan', () => {
  it.each<[keyof typeof events, Partial<CacheRules>, boolean, boolean]>([
    ['pull', {}, true, false],
    ['pull', { policy: 'isolated' }, false, false],
    ['manual', {}, true, false],
    ['manual', { dependenciesChanged: true }, true, true],
    ['main', { policy: 'isolated' }, true, false],
    ['schedule', {}, false, true],
    ['version', { release: 'none' }, false, false],
  ])('of %s by %j read: %s, write: %s', (name, rules, readCache, writeCache) => {
    const rights = rightsOf(madeEvent(events[name]), version);
    expect(rightsWithCache(rights, accessOf(events[name], rules))).toEqual({ ...rights, readCache, writeCache });
  });
});
