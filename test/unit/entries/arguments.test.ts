import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type OptionSpec, parseArguments } from '../../../src/adapters/arguments.ts';

const options = {
  json: { kind: 'flag', about: 'x' },
  repo: { kind: 'value', about: 'x' },
  image: { kind: 'values', about: 'x' },
} as const satisfies Readonly<Record<string, OptionSpec>>;
const parse = (...words: readonly string[]) => parseArguments(words, options);

describe('the words of a command line', () => {
  it.each<[string[], boolean, string | undefined, string[] | undefined, string[]]>([
    [[], false, undefined, undefined, []],
    [['--json'], true, undefined, undefined, []],
    [['--repo', 'x'], false, 'x', undefined, []],
    [['--repo=x=y'], false, 'x=y', undefined, []],
    [['--repo', 'x', '--repo', 'y'], false, 'y', undefined, []],
    [['--repo='], false, '', undefined, []],
    [['--image', 'a', '--json', '--image=b'], true, undefined, ['a', 'b'], []],
    [['a', '--json', 'b'], true, undefined, undefined, ['a', 'b']],
    [['--json', '--', '--repo', 'x'], true, undefined, undefined, ['--repo', 'x']],
  ])('%p are read', (words, json, repo, images, positionals) => {
    const read = parse(...words);
    expect([read.flag('json'), read.value('repo'), read.values('image'), read.positionals]).toEqual([
      json,
      repo,
      images,
      positionals,
    ]);
  });

  it.each([
    [['--jsno'], 'did you mean --json?'],
    [['--imgae', 'a'], 'did you mean --image?'],
    [['--imgae=a'], 'did you mean --image?'],
    [['--zzzzzz'], 'ask with --help what may be given'],
    [['--json=yes'], 'ask with --help what may be given'],
    [['--repo'], 'ask with --help what may be given'],
    [['--repo', '--json'], 'ask with --help what may be given'],
    [['-x'], 'ask with --help what may be given'],
  ])('%p are refused', (words, next) => {
    expect(() => parse(...words)).toThrow(expect.objectContaining({ code: 'usage', exitCode: 2, next }));
  });

  it('are read or refused, and never anything else', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('--', '--json', '--repo', '--image', '-', '--__proto__=1'));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parse(...words).values('image');
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
        }
      }),
    );
  });
});
