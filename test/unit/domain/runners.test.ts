import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/domain/errors.ts';
import { matrixText } from '../../../src/domain/matrix.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { type Labels, readRunners } from '../../../src/domain/runners.ts';
import { madeRow } from '../../support/handoff-set.ts';

const known = { platforms: ['linux/amd64', 'plan9/mips'].map(parsePlatform), file: 'slipway.yml' };
const read = (written: Readonly<Record<string, Labels>>) => readRunners(written, known);

describe('the runners of a configuration', () => {
  it('are told by platform, in any spelling of it, with those that are for the rest', () => {
    const { usual, own } = read({ default: ['usual'], 'linux/aarch64': ['arm'], 'plan9/mips': ['old'] });
    expect(usual).toEqual(['usual']);
    expect([...own]).toEqual([
      ['linux/arm64', ['arm']],
      ['plan9/mips', ['old']],
    ]);
  });

  it('are those of the workflow where nothing is said', () => {
    expect(read({})).toEqual({ usual: [], own: new Map() });
  });

  it.each<[string, Readonly<Record<string, Labels>>, string, RegExp]>([
    ['a platform with a slip', { 'linux/arm46': ['a'] }, 'runner-platform-unknown', /did you mean "linux\/arm64"\?/],
    ['a slip in default', { defualt: ['a'] }, 'runner-platform-unknown', /did you mean "default"\?/],
    ['a platform that no image here has', { 'plan10/mips': ['a'] }, 'runner-platform-unknown', /"plan9\/mips"/],
    ['an architecture alone', { arm64: ['a'] }, 'runner-platform-unknown', /write a platform|did you mean/],
    ['something else', { 'a/b/c/d': ['a'] }, 'runner-platform-unknown', /write a platform such as linux\/arm64/],
    [
      'two runners of one platform',
      { 'linux/arm64': ['a'], 'linux/aarch64': ['b'] },
      'runner-platform-twice',
      /one entry/,
    ],
  ])('refuse %s', (_, written, code, next) => {
    const caught = errorOf(() => read(written));
    expect([caught.code, caught.where]).toEqual([code, { file: 'slipway.yml' }]);
    expect(caught.next).toMatch(next);
  });
});

describe('the matrix of a level', () => {
  it('is nothing where there is no row', () => {
    expect(matrixText([])).toBe('');
  });

  it('says of each row its id, its images, when to stop it, and the labels of its runner as JSON', () => {
    const rows = [madeRow('a', { minutes: 5 }), madeRow('b@linux-arm64', { images: ['b'], runner: ['x', 'y'] })];
    expect(JSON.parse(matrixText(rows))).toEqual({
      include: [
        { row: 'a', images: 'a', runner: '', minutes: 5 },
        { row: 'b@linux-arm64', images: 'b', runner: '["x","y"]', minutes: 60 },
      ],
    });
  });
});

function errorOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was taken');
}
