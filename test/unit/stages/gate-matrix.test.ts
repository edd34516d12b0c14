import { describe, expect, it } from '@jest/globals';
import { GateMode } from '../../../src/domain/gate-mode.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { compareRebuilt } from '../../../src/domain/rebuild.ts';
import { judgeSubject } from '../../../src/domain/subject.ts';
import { platformRecord } from '../../../src/stages/build.ts';
import { refuseOtherImage } from '../../../src/stages/testing/attempt.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type MatrixWorld, matrix, type Outcome, type Played, play, tampered } from '../../support/gate-matrix.ts';
import type { MadeImage } from '../../support/made-image.ts';
import { madePrefix } from '../../support/made-plan.ts';
import { sourceOf } from '../../support/made-source.ts';
import { drawn, honest, imageForms } from '../../support/tampering.ts';

let count = 0;

function world(): MatrixWorld & { readonly registry: FakeRegistry } {
  const registry = new FakeRegistry();
  return {
    registry,
    client: registry.client,
    fresh() {
      count += 1;
      return parseRepository(`${madePrefix}/case-${count}`, 'test');
    },
    store: async (made) => sourceOf(made),
  };
}

/** One world for each form: what was published once need not be published again. */
const worlds = new Map(
  imageForms.map((form) => {
    const repository = parseRepository(`${madePrefix}/${form}`, 'test');
    return [form, { ...world(), fresh: () => repository, known: new Set<string>() }] as const;
  }),
);

describe.each(matrix)('$tampering', ({ forms = imageForms, ...row }) => {
  it.each(forms)('of a %s image has the outcomes of the table', async (form) => {
    const tested = drawn(honest, form);
    const other = drawn(tampered(row), form);
    expect(other.manifest.digest).not.toBe(tested.manifest.digest);
    const staged = { tested, staged: other, kept: other };
    const rebuilt = { tested, rebuilt: other };
    expect({
      layers: await outcomeOf('layers', rebuilt, worlds.get(form)),
      rebuild: await outcomeOf('rebuild', rebuilt, worlds.get(form)),
      promote: await outcomeOf('promote', staged, worlds.get(form)),
      archive: await outcomeOf('archive', staged, worlds.get(form)),
    }).toEqual(row.outcome);
  });
});

describe.each(imageForms)('whatever a second build of a %s image says', (form) => {
  it.each(['rebuild', 'layers'] as const)(
    'with the mode %s, what stands to be published is compared too',
    async (mode) => {
      const staged = drawn({ ...honest, annotations: { note: 'other' } }, form);
      expect(await outcomeOf(mode, { tested: drawn(honest, form), staged })).toBe('caught');
    },
  );
});

async function outcomeOf(mode: GateMode, played: Played, its: MatrixWorld = world()): Promise<Outcome> {
  return (await play(its, mode, played)).state === 'match' ? 'missed' : 'caught';
}

describe.each(imageForms)('drift around a %s image', (form) => {
  const tested = drawn(honest, form);
  const poisoned = drawn({ ...honest, config: { Entrypoint: ['/poison'] }, layers: honest.layers.slice(0, 1) }, form);

  it.each(GateMode.options)('lets an honest image pass with the mode %s', async (mode) => {
    const verdict = await play(world(), mode, { tested });
    expect(verdict).toMatchObject({ state: 'match', mode });
  });

  it.each(GateMode.options)('cannot see with the mode %s that the cache was poisoned before the test', async (mode) => {
    const all = { tested: poisoned, staged: poisoned, kept: poisoned, rebuilt: poisoned };
    expect((await play(world(), mode, all)).state).toBe('match');
  });

  it.each([
    ['rebuild', 'mismatch'],
    ['layers', 'mismatch'],
    ['promote', 'match'],
    ['archive', 'match'],
  ] as const)('finds with the mode %s that a cache changed between test and gate a %s', async (mode, state) => {
    expect((await play(world(), mode, { tested, rebuilt: poisoned })).state).toBe(state);
  });

  it('names a digest, so that a tag which is swapped after the gate changes nothing', async () => {
    const { set, images } = await play(world(), 'promote', { tested });
    expect([set, images[0]?.state]).toEqual([expect.stringMatching(/^sha256:/), 'match']);
  });

  it('has its tests run on another image refused before there is a record', async () => {
    const [mine] = await platformsOf(tested);
    const [other] = await platformsOf(poisoned);
    if (mine === undefined || other === undefined) throw new Error('they have platforms');
    const image = { key: 'app' };
    // What the test needs of a subject, and no more.
    const subject = { platform: mine, image } as Parameters<typeof refuseOtherImage>[1];
    expect(() => refuseOtherImage(mine.digest, subject)).not.toThrow();
    expect(() => refuseOtherImage(other.digest, subject)).toThrow(
      expect.objectContaining({ code: 'test-other-image' }),
    );
  });

  it('with the record replaced is missed by a lone hash of layers, and caught by whoever has the digest of the record', async () => {
    const [other] = await platformsOf(poisoned);
    if (other === undefined) throw new Error('it has platforms');
    const subject = { digest: poisoned.manifest.digest, platforms: [other] };
    expect(judgeSubject('layers', other.layers, subject).state).toBe('match');
    expect(judgeSubject('rebuild', other.fingerprint, subject).state).toBe('match');
    for (const mode of GateMode.options) {
      expect((await play(world(), mode, { tested, staged: poisoned, kept: poisoned })).state).not.toBe('match');
    }
  });
});

describe('honest second builds', () => {
  it('raise no false alarm in 200 of them', async () => {
    const findings: string[] = [];
    for (let at = 0; at < 200; at += 1) {
      const form = imageForms[at % imageForms.length] ?? 'oci';
      const rebuilt = drawn(
        {
          ...honest,
          created: new Date(1_700_000_000_000 + at * 1000).toISOString(),
          attestation: `run ${at}`,
          layers: honest.layers.map((layer) => ({
            ...layer,
            packing: at % 2 === 0 ? ('gzip' as const) : ('none' as const),
          })),
          config: { ...honest.config, Labels: { team: 'blue', 'org.opencontainers.image.created': `day ${at}` } },
        },
        form,
      );
      const tested = drawn({ ...honest, config: { ...honest.config, Labels: { team: 'blue' } } }, form);
      findings.push(...compareRebuilt('rebuild', await platformsOf(tested), await platformsOf(rebuilt)).reasons);
    }
    expect(findings).toEqual([]);
  });
});

async function platformsOf(made: MadeImage) {
  return (await readImage(sourceOf(made), made.manifest.digest)).platforms.map(platformRecord);
}
