import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/domain/errors.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { parseVersion } from '../../../src/domain/version.ts';
import { parseBakeDefinition } from '../../../src/formats/discovery/bake-definition.ts';
import { findBakeImages } from '../../../src/formats/discovery/bake-images.ts';
import { composeServices } from '../../../src/formats/discovery/compose-services.ts';
import { parsePythonVersions } from '../../../src/formats/discovery/python-versions.ts';
import { parseDockerfile } from '../../../src/formats/dockerfile.ts';
import { contextFilter } from '../../../src/formats/dockerignore.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import { parseValueList } from '../../../src/formats/value-list.ts';

const KIB = 1024;

/** The error that a text is refused with: exit code 2, a short text, the file, and its line. */
function refusal(read: () => unknown): { readonly line: number | undefined; readonly what: string } {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { exitCode, what, next, where } = error;
    expect({ exitCode, where }).toEqual({ exitCode: 2, where: expect.objectContaining({ file: 'FILE' }) });
    expect(what.length + next.length).toBeLessThan(1_000);
    return { line: typeof where === 'object' ? where.line : undefined, what };
  }
  throw new Error('it was taken');
}

const numbered = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const junk = String.fromCharCode(...Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));

describe('T27 slipway.yml', () => {
  it.each<[string, string, number, RegExp]>([
    ['of 1 MiB and more', `#\n${'#'.repeat(1024 * KIB)}`, 2, /longer than 1048576/],
    ['of explicit keys in each other', `\n${'? '.repeat(50_000)}`, 2, /64 levels deep/],
    ['of lists in each other', `\n${'['.repeat(50_000)}${']'.repeat(50_000)}`, 2, /64 levels deep/],
    ['of maps in each other', `\n${'{a: '.repeat(50_000)}`, 2, /64 levels deep/],
    ['of list items in each other', `\n${'- '.repeat(50_000)}`, 2, /64 levels deep/],
    ['of maps in each other by indentation', numbered(300, (index) => `${' '.repeat(index)}a:`), 258, /indented/],
    ['of 1,000 empty items', `images: [${','.repeat(100_000)}]`, 1, /1000 commas with nothing before them/],
    ['of 250,000 lines', '\n'.repeat(300_000), 250_001, /250000 words and signs/],
    ['of 10,000 backslashes', `a: "${'\\q'.repeat(10_000)}"`, 1, /5000 backslashes/],
    ['of 10,000 aliases', `a: &a 1\nb: [${'*a,'.repeat(10_000)}]`, 2, /500 anchors and aliases/],
    ['of 10,000 anchors', numbered(10_000, (index) => `- &a${index} 1`), 501, /500 anchors and aliases/],
    ['of an alias that grows with each line', bomb(20), 2, /aliases cannot be followed/],
    ['of an alias that leads to itself', 'images: &a\n  b: *a', 2, /stands in what it names/],
    ['of an alias that leads nowhere', 'registry: x\nimages: *nobody', 2, /nothing before it/],
    ['of one key 10,000 times', numbered(10_000, () => 'a: 1'), 2, /keys must be unique/],
    ['of one key twice in a list', 'families: {}\nallow-untested: [{a: 1, a: 2}]', 2, /keys must be unique/],
    ['with a key that all objects have', 'images:\n  __proto__: {context: x}', 2, /__proto__/],
    ['with a merge of other maps', 'images:\n  a: &a {context: x}\n  b:\n    <<: *a', 4, /"<<" is not known/],
    ['with a merge by an old version', '%YAML 1.1\n---\nimages:\n  a: &a {}\n  b: {<<: *a}', 5, /"<<" is not known/],
    ['of an unknown key 5,000 times', `images:\n${numbered(5_000, (index) => `  k${index}: {zzz: 1}`)}`, 2, /"zzz"/],
    ['that is binary', junk, 1, /./],
    ['that is NUL', '\0', 1, /./],
    ['that is a text', 'images', 1, /expected object/],
    ['with a full-width digit for a platform', 'images:\n  a:\n    platforms: 1６', 3, /platforms/],
    ['with a full-width key', 'images:\n  ａ１: {}', 2, /lower case letters/],
    ['that breaks out of a matrix', 'images:\n  \'3.10"],"x":["\': {}', 2, /lower case letters/],
    ['with a long wrong tag', `a: !${'x'.repeat(100_000)}!y z`, 1, /not YAML/],
  ])('%s is refused with its line', (_, text, line, what) => {
    const found = refusal(() => parseSlipwayYml(text, 'FILE'));
    expect(found).toEqual({ line, what: expect.stringMatching(what) });
  });

  it('of 5,000 images is read', () => {
    const text = `images:\n${numbered(5_000, (index) => `  image-${index}: {}`)}\n`;
    expect(Object.keys(parseSlipwayYml(text, 'FILE').images ?? {})).toHaveLength(5_000);
  });
});

/** Each line names the one before it nine times. */
function bomb(lines: number): string {
  const more = numbered(lines, (index) => `a${index + 1}: &x${index + 1} [${Array(9).fill(`*x${index}`).join(',')}]`);
  return `a0: &x0 [1, 2]\n${more}`;
}

describe('T27 a compose file', () => {
  it.each([
    ['of lists in each other', '['.repeat(50_000)],
    ['of an alias that grows with each line', `${bomb(20)}\nservices: *x20`],
    ['that is binary', junk],
    ['of a megabyte', '#'.repeat(KIB * KIB)],
  ])('%s names no services, and bake says what is wrong with it', (_, text) => {
    expect(composeServices([text])).toEqual([]);
  });

  it('may merge the build of another service', () => {
    const text = 'x-base: &base {build: .}\nservices:\n  web:\n    <<: *base\n';
    expect(composeServices([text])).toEqual([{ name: 'web', mayBuild: true }]);
  });
});

describe('T27 a Dockerfile', () => {
  const read = (text: string) => () =>
    parseDockerfile(text, {
      file: 'FILE',
      buildArgs: {},
      target: null,
      platforms: ['linux/amd64', 'linux/arm64'].map(parsePlatform),
    });

  it.each<[string, string, number, RegExp]>([
    ['of half a megabyte and more', '#\n'.repeat(300_000), 1, /524288/],
    ['with a line that BuildKit does not read', `FROM a\nRUN ${'x'.repeat(70_000)}`, 2, /65535/],
    ['with an instruction that no shell takes', `FROM a\nRUN ${'x\\\n'.repeat(140_000)}`, 2, /131072/],
    ['with 10,000 stages', 'FROM a\n'.repeat(10_000), 1001, /1000 stages/],
    [
      'with 10,000 stages on each other',
      numbered(10_000, (index) => `FROM s${index} AS s${index + 1}`),
      1001,
      /stages/,
    ],
    [
      'whose ONBUILD lines are counted for each stage',
      `FROM a AS b\n${'ONBUILD COPY --from=x f f\n'.repeat(900)}${numbered(900, (index) => `FROM b AS c${index}\nCOPY --from=c${index - 1} f f`)}`,
      1122,
      /100000 times/,
    ],
    ['with variables in each other', `FROM ${'${a:-'.repeat(5_000)}x${'}'.repeat(5_000)}`, 1, /50 deep/],
    ['with values that double', `ARG a=xxxxxxxxxx\n${'ARG a=$a$a\n'.repeat(40)}FROM $a`, 16, /500000 steps/],
    [
      'with values that are long',
      `ARG a=${'x'.repeat(9_000)}\n${'ARG b=$a$a$a$a\n'.repeat(40)}FROM a`,
      15,
      /500000 steps/,
    ],
    ['with a costly pattern', `ARG a=${'a'.repeat(3_000)}\nFROM \${a//*a*b/c}`, 2, /500000 steps/],
    ['with a long image', `FROM ${'a/'.repeat(5_000)}a`, 1, /1024/],
    ['with a long name for nothing', `\nFROM ${'$a'.repeat(10_000)}`, 2, /names no image/],
    ['with a long word for what is missing', `FROM \${a?${'b'.repeat(10_000)}}`, 1, /bbb/],
    ['with a long number', `FROM a\nCOPY --from=${'9'.repeat(10_000)} f f`, 2, /from stage 999/],
    ['with a long source of files', `FROM a\nCOPY --from=$${'a'.repeat(10_000)} f f`, 2, /no variables/],
    ['that is binary', junk, 1, /no FROM line/],
    ['that is empty', '', 1, /no FROM line/],
  ])('%s is refused with its line', (_, text, line, what) => {
    const found = refusal(read(text));
    expect(found).toEqual({ line, what: expect.stringMatching(what) });
  });

  it.each([
    ['ONBUILD again and again', `FROM a\n${'ONBUILD '.repeat(8_000)}`],
    ['heredocs that nobody closes', `FROM a\nRUN ${'<<A '.repeat(15_000)}`],
    ['quotes that nobody closes', `FROM a\nRUN ${'"'.repeat(60_001)}`],
    ['carriage returns in the middle of a line', `FROM a\nRUN ${'\r'.repeat(60_000)}x`],
    ['10,000 comments', `FROM a\n${'# FROM b\n'.repeat(10_000)}`],
  ])('with %s is read', (_, text) => {
    expect(read(text)().bases.map(({ reference }) => reference)).toEqual(['a']);
  });

  it('that takes files from 10,000 images names them all', () => {
    const text = `FROM a\n${numbered(10_000, (index) => `COPY --from=b${index} f f`)}`;
    expect(read(text)().bases).toHaveLength(10_001);
  });
});

describe('T27 a .dockerignore', () => {
  it.each<[string, string, number]>([
    ['of 64 KiB and more', '#'.repeat(64 * KIB + 1), 1],
    ['of 3,000 patterns', '*\n!*\n'.repeat(1_500), 1],
    ['with a pattern that is longer than any path', `a\n${'*a'.repeat(3_000)}`, 2],
    ['with a bracket that nobody closes', `a\n[${'b'.repeat(4_000)}`, 2],
  ])('%s is refused with its line', (_, text, line) => {
    expect(refusal(() => contextFilter(text, 'FILE')).line).toBe(line);
  });
});

describe('T27 a file of values', () => {
  const readers = {
    VERSION: (text: string) => parseVersion(text, { file: 'FILE' }),
    PYTHON_VERSIONS: (text: string) => parsePythonVersions(new TextEncoder().encode(text), 'FILE'),
    'values of a matrix': (text: string) => parseValueList(text, 'FILE'),
  };
  const texts: readonly (readonly [string, string, readonly [number, number, number]])[] = [
    ['an injection', '3.10"],"x":["', [1, 1, 1]],
    ['a command', '1.2.3\n$(touch pwn)', [2, 2, 2]],
    ['full-width digits', '\n３．１０', [2, 2, 2]],
    ['a value twice', '3.10\n3.10', [2, 2, 2]],
    ['10,000 lines', '1.2.3\n'.repeat(10_000), [2, 1_001, 2]],
    ['more than 64 KiB', '1'.repeat(64 * KIB + 1), [1, 1, 1]],
    ['binary junk', junk, [1, 1, 1]],
    ['NUL', '3.10\0', [1, 1, 1]],
    ['blanks before the end of a long line', `3.10${' '.repeat(60_000)}x`, [1, 1, 1]],
    ['a marker of direction', '3.10\u202e', [1, 1, 1]],
    ['nothing', '', [1, 1, 1]],
  ];
  const rows = Object.entries(readers).flatMap(([name, read], reader) =>
    texts.map(([kind, text, lines]) => ({ name, kind, read, text, line: lines[reader] })),
  );

  it.each(rows)('$name with $kind is refused with its line', ({ read, text, line }) => {
    expect(refusal(() => read(text)).line).toBe(line);
  });

  it.each([
    ['VERSION', () => readers.VERSION('\uFEFF1.2.3\r\n'), '1.2.3'],
    ['PYTHON_VERSIONS', () => readers.PYTHON_VERSIONS('\uFEFF3.10\r\n3.9'), ['3.10', '3.9']],
    ['values of a matrix', () => readers['values of a matrix']('\uFEFF3.10\r\n3.9'), ['3.10', '3.9']],
  ])('%s is read through a byte order mark and CRLF', (_, read, value) => {
    expect(read()).toEqual(value);
  });
});

describe('T27 what bake printed', () => {
  const read = (text: string) =>
    findBakeImages(parseBakeDefinition(text, ['FILE']), { how: 'bake', files: ['FILE'], folder: '/repo' });

  it('of more than 10,000 targets is refused', () => {
    const targets = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`t${index}`, {}]));
    expect(refusal(() => read(JSON.stringify({ target: targets })))).toMatchObject({ line: 1 });
  });

  it.each([
    ['that is too long', ' '.repeat(4 * KIB * KIB + 1), /4194304/],
    ['that is nested without end', '['.repeat(KIB * KIB), /not JSON/],
    ['that is binary', junk, /not JSON/],
  ])('%s is a failure of the tool', (_, text, what) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ exitCode: 4, code: 'bake-unreadable', what: expect.stringMatching(what) }),
    );
  });
});
