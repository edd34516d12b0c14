import { describe, expect, it } from '@jest/globals';
import { platformsIn } from '../../../src/domain/parts.ts';
import { imageOf, Plan, type PlannedImage, Row } from '../../../src/domain/plan.ts';
import { type Platform, parsePlatform } from '../../../src/domain/platform.ts';
import { rowsOf, spreadRows } from '../../../src/domain/rows.ts';
import { type Labels, type Runners, workflowRunner } from '../../../src/domain/runners.ts';
import { KeyField } from '../../../src/domain/schemas.ts';
import { plannedSet } from '../../support/handoff-set.ts';
import { madePlan, madePlanned } from '../../support/made-plan.ts';

const sizes = (counts: readonly number[], maxJobs: number) =>
  rowsOf(plannedSet(counts), { maxJobs }).map(({ level, slot, images }) => [level, slot, images.length]);

describe('the most jobs of a level', () => {
  it('is a row for each image while there are enough', () => {
    expect(sizes([2, 1], 2)).toEqual([
      [1, 1, 1],
      [1, 2, 1],
      [2, 1, 1],
    ]);
  });

  it('packs what is more into rows of about the same size', () => {
    expect(sizes([5, 2], 2)).toEqual([
      [1, 1, 3],
      [1, 2, 2],
      [2, 1, 1],
      [2, 2, 1],
    ]);
  });

  it('of one is a single row for everything, bases first', () => {
    const plan = plannedSet([3, 2, 1]);
    const [row, ...more] = rowsOf(plan, { maxJobs: 1 });
    expect(more).toEqual([]);
    expect(row?.images).toEqual(plan.levels.flat());
  });

  it('of one is no row where nothing is to be built', () => {
    expect(rowsOf(plannedSet([]), { maxJobs: 1 })).toEqual([]);
  });

  it('never makes more rows than there are outputs for', () => {
    expect(rowsOf(plannedSet([200]), { maxJobs: 1000 })).toHaveLength(64);
  });
});

const both = 'linux/amd64 linux/arm64';
const wide = `linux/386 ${both} linux/s390x`;
const arm: Labels = ['arm', 'large'];

/** Labels by platform; those of `default` are for the rest. */
function runners(own: Readonly<Record<string, Labels>>): Runners {
  const { default: usual = [], ...rest } = own;
  return { usual, own: new Map(Object.entries(rest).map(([name, labels]) => [parsePlatform(name), labels])) };
}

const armRunner = runners({ 'linux/arm64': arm });

interface Made {
  readonly on?: string;
  readonly needs?: readonly string[];
  readonly minutes?: number;
}

/** A plan of levels of images, each with its platforms; it may upload unless it is said to be of a pull request. */
function planOf(levels: readonly Readonly<Record<string, Made>>[], event: 'push' | 'pull request' = 'push'): Plan {
  const images = levels.flatMap((level) =>
    Object.entries(level).map(([key, { on = both, needs = [], minutes = 60 }]): PlannedImage => {
      return madePlanned(key, { platforms: on.split(' ').map(parsePlatform), needs: [...needs], jobMinutes: minutes });
    }),
  );
  const plan = madePlan({ images, levels: levels.map((level) => Object.keys(level)) });
  return { ...plan, rights: { ...plan.rights, stage: event === 'push' } };
}

/** A row as one line: its place, its name, what it builds, where. */
const line = ({ level, slot, id, images, platforms, runner }: Row): string =>
  [`${level}.${slot}`, id, images.join('+'), platforms?.join('+') ?? 'all', runner.join('+') || 'any'].join(' | ');

const linesOf = (plan: Plan, own: Runners, maxJobs?: number): readonly string[] =>
  rowsOf(plan, { runners: own, ...(maxJobs === undefined ? {} : { maxJobs }) }).map(line);

describe('rows of native runners', () => {
  it.each<[string, Plan, Runners, readonly string[]]>([
    ['no runners: one row', planOf([{ app: { on: wide } }]), workflowRunner, ['1.1 | app | app | all | any']],
    [
      'one platform with a runner of its own: a part for it, and one for the rest',
      planOf([{ app: { on: wide } }]),
      armRunner,
      [
        '1.1 | app@linux-amd64_linux-386_linux-s390x | app | linux/amd64+linux/386+linux/s390x | any',
        '1.2 | app@linux-arm64 | app | linux/arm64 | arm+large',
      ],
    ],
    [
      'labels equal to the default ones, in another order: one row',
      planOf([{ app: {} }]),
      runners({ default: ['large', 'arm'], 'linux/arm64': arm }),
      ['1.1 | app | app | all | large+arm'],
    ],
    [
      'two platforms with equal labels: they stay together',
      planOf([{ app: { on: `${both} linux/arm/v7` } }]),
      runners({ 'linux/arm64': arm, 'linux/arm/v7': ['large', 'arm'] }),
      [
        '1.1 | app@linux-amd64 | app | linux/amd64 | any',
        '1.2 | app@linux-arm64_linux-arm-v7 | app | linux/arm64+linux/arm/v7 | arm+large',
      ],
    ],
    [
      'only one platform: one row of its own name, where it belongs',
      planOf([{ app: { on: 'linux/arm64' }, web: { on: 'linux/amd64' } }]),
      armRunner,
      ['1.1 | app | app | all | arm+large', '1.2 | web | web | all | any'],
    ],
    [
      'levels: each numbers its slots',
      planOf([{ base: {} }, { app: { needs: ['base'] }, web: { on: 'linux/amd64', needs: ['base'] } }]),
      armRunner,
      [
        '1.1 | base@linux-amd64 | base | linux/amd64 | any',
        '1.2 | base@linux-arm64 | base | linux/arm64 | arm+large',
        '2.1 | app@linux-amd64 | app | linux/amd64 | any',
        '2.2 | app@linux-arm64 | app | linux/arm64 | arm+large',
        '2.3 | web | web | all | any',
      ],
    ],
    [
      'a pull request: each runner builds a base and what is built on it for its platforms',
      planOf(
        [
          { base: {}, lone: {} },
          { app: { needs: ['base'] }, web: { on: 'linux/amd64', needs: ['base'] } },
        ],
        'pull request',
      ),
      armRunner,
      [
        '1.1 | group--1-1 | base+app+web | linux/amd64 | any',
        '1.2 | group--1-2 | base+app | linux/arm64 | arm+large',
        '1.3 | lone@linux-amd64 | lone | linux/amd64 | any',
        '1.4 | lone@linux-arm64 | lone | linux/arm64 | arm+large',
      ],
    ],
  ])('%s', (_, plan, own, expected) => {
    expect(linesOf(plan, own)).toEqual(expected);
  });

  it('are none where one job does it all, which is said', () => {
    const { rows, notes } = spreadRows(planOf([{ base: {} }, { app: { needs: ['base'] } }]), {
      maxJobs: 1,
      runners: { ...armRunner, usual: ['mine'] },
    });
    expect(rows.map(line)).toEqual(['1.1 | group--1-1 | base+app | all | mine']);
    expect(notes).toEqual([
      'one job of a level cannot use 2 kinds of runners: every platform is built on the default one, by emulation',
    ]);
  });

  it('are one where one job does it all on the only runner that is needed', () => {
    const plan = planOf([{ a: { on: 'linux/arm64' }, b: { on: 'linux/arm64' } }]);
    expect(linesOf(plan, armRunner, 1)).toEqual(['1.1 | group--1-1 | a+b | all | arm+large']);
    expect(spreadRows(plan, { runners: armRunner, maxJobs: 1 }).notes).toEqual([]);
  });

  it('are none on a pull request where a base lacks a platform of what is built on it, which is said', () => {
    const plan = planOf([{ tools: { on: 'linux/amd64' } }, { app: { needs: ['tools'] } }], 'pull request');
    const { rows, notes } = spreadRows(plan, { runners: armRunner });
    expect(rows.map(line)).toEqual(['1.1 | group--1-1 | tools+app | all | any']);
    expect(notes).toEqual([expect.stringMatching(/^tools, app share a job, and a base among them lacks/)]);
  });

  it('are still two for an image whose base lacks a platform, where bases are handed on', () => {
    const plan = planOf([{ tools: { on: 'linux/amd64' } }, { app: { needs: ['tools'] } }]);
    expect(linesOf(plan, armRunner)).toHaveLength(3);
  });

  it('share the slots in proportion, each batch on one runner', () => {
    const many = Object.fromEntries(
      Array.from({ length: 120 }, (_, at): [string, Made] => [`x${at}`, { on: at < 20 ? both : 'linux/amd64' }]),
    );
    const rows = rowsOf(planOf([many]), { runners: armRunner });
    const onArm = rows.filter((row) => row.runner.length > 0);
    expect([rows.length, onArm.length]).toEqual([64, 9]);
    expect(rows.map((row) => row.slot)).toEqual(Array.from({ length: 64 }, (_, at) => at + 1));
    expect(new Set(onArm.flatMap((row) => row.platforms))).toEqual(new Set(['linux/arm64']));
    expect(new Set(rows.map((row) => row.images.length))).toEqual(new Set([2, 3]));
  });

  it('leave each runner a row, however little it has to do', () => {
    const many = Object.fromEntries(
      Array.from({ length: 99 }, (_, at): [string, Made] => [`x${at}`, { on: 'linux/amd64' }]),
    );
    const plan = planOf([{ ...many, app: { on: wide } }]);
    const own = runners({ 'linux/arm64': arm, 'linux/s390x': ['z'] });
    const rows = linesOf(plan, own, 3);
    expect(rows.map((row) => row.split(' | ').at(-1))).toEqual(['any', 'arm+large', 'z']);
    expect(rows.slice(1)).toEqual([
      '1.2 | app@linux-arm64 | app | linux/arm64 | arm+large',
      '1.3 | app@linux-s390x | app | linux/s390x | z',
    ]);
  });

  it.each([
    ['push', 64],
    ['push', 5],
    ['push', 1],
    ['pull request', 64],
    ['pull request', 3],
  ] as const)('build every platform of every image exactly once (%s, %i jobs)', (event, maxJobs) => {
    const keys = Array.from({ length: 12 }, (_, at) => `x${at}`);
    const on = [both, 'linux/amd64', wide, 'linux/arm64'];
    const plan = planOf(
      [
        Object.fromEntries(keys.map((key, at) => [key, { on: on[at % 4] ?? both }])),
        Object.fromEntries(keys.map((key, at) => [`${key}-top`, { on: on[at % 4] ?? both, needs: [key] }])),
      ],
      event,
    );
    const rows = rowsOf(plan, { maxJobs, runners: runners({ 'linux/arm64': arm, 'linux/s390x': ['z'] }) });
    const built = rows.flatMap((row) =>
      row.images.flatMap((key) => platformsIn(row, imageOf(plan, key)).map((platform) => `${key} ${platform}`)),
    );
    const wanted = plan.images.flatMap(({ key, platforms }) => platforms.map((platform) => `${key} ${platform}`));
    expect(built.sort()).toEqual(wanted.sort());
    expect(rows.filter(({ slot }) => slot > maxJobs)).toEqual([]);
  });

  it('have names of at most 48 characters, all different, that no image can have', () => {
    const long = 'k'.repeat(48);
    const odd = { [long]: {}, [`${'k'.repeat(33)}`]: { on: wide }, 'batch--1-1': {}, part: {}, 'app--linux-arm64': {} };
    const rows = rowsOf(planOf([{ ...odd, app: {} }]), { runners: armRunner });
    const ids = rows.map((row) => Row.parse(row).id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => KeyField.safeParse(id).success && !/^group--\d+-\d+$/.test(id))).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(['part@1-1', `${'k'.repeat(33)}@linux-amd64`, 'app@linux-arm64']));
  });
});

describe('the minutes of a row', () => {
  it.each([
    ['of one image', { a: { minutes: 20 } }, 64, [20, 20]],
    [
      'of a batch, whose images may be built one after the other',
      { a: { minutes: 20 }, b: { minutes: 50 } },
      2,
      [70, 70],
    ],
    ['end where GitHub ends every job', { a: { minutes: 300 }, b: { minutes: 300 } }, 2, [360, 360]],
  ] as const)('%s', (_, level, maxJobs, expected) => {
    const rows = rowsOf(planOf([level]), { maxJobs, runners: armRunner });
    expect(rows.map((row) => row.minutes)).toEqual(expected);
  });
});

describe('a plan with rows of runners', () => {
  it('is the same after it was written and read again', () => {
    const plan = planOf([{ app: {} }]);
    const whole = { ...plan, rows: [...rowsOf(plan, { runners: armRunner })] };
    const platforms: readonly (readonly Platform[] | null)[] = Plan.parse(JSON.parse(JSON.stringify(whole))).rows.map(
      (row) => row.platforms,
    );
    expect(Plan.parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
    expect(platforms).toEqual([['linux/amd64'], ['linux/arm64']]);
  });
});
