import { describe, expect, it } from '@jest/globals';
import { parsePythonVersions } from '../../../../src/formats/discovery/python-versions.ts';

const parse = (text: string): readonly string[] => parsePythonVersions(Buffer.from(text), 'PYTHON_VERSIONS');

describe('PYTHON_VERSIONS', () => {
  it.each([
    ['a version on each line', '3.9\n3.10\n'],
    ['no line ending at its end', '3.9\n3.10'],
    ['Windows line endings', '3.9\r\n3.10\r\n'],
    ['a byte order mark', '\uFEFF3.9\n3.10\n'],
    ['comments and blank lines', '# all of them\n3.9 # old\n\n  3.10\t\n'],
    ['a JSON array', '["3.9", "3.10"]'],
    ['a JSON array over several lines, after a byte order mark', '\uFEFF[\n  "3.9",\n  "3.10"\n]\n'],
  ])('may have %s', (_, text) => {
    expect(parse(text)).toEqual(['3.9', '3.10']);
  });

  it('keeps versions in their order and as written', () => {
    expect(parse('3.13t\n3\n3.12.1\n')).toEqual(['3.13t', '3', '3.12.1']);
  });

  it.each([
    ['full-width digits', '3.9\n３.１０\n', 2],
    ['a version that stands there twice', '3.9\n3.10\n3.9\n', 3],
    ['a word', '3.9\npypy\n', 2],
    ['a leading zero', '03.9\n', 1],
    ['a range', '>=3.9\n', 1],
    ['two versions on a line', '3.9 3.10\n', 1],
    ['a zero-width space', '3.9\u200b\n', 1],
    ['a dot at the end', '3.\n', 1],
    ['four numbers', '3.1.2.3\n', 1],
    ['nothing', '', 1],
    ['comments alone', '# 3.9\n', 1],
    ['10,000 lines', '\n'.repeat(10_000), 1_001],
    ['more than 64 KiB', `#${'x'.repeat(64 * 1024)}`, 1],
    ['numbers in JSON, of which 3.10 would be 3.1', '[\n"3.9",\n3.10\n]', 3],
    ['broken JSON', '["3.9",\n', 2],
    ['an array with nothing in it', '[]', 1],
    ['a version twice in JSON', '["3.9",\n"3.9"]', 2],
    ['an array in an array', '[["3.9"]]', 1],
  ])('must not have %s', (_, text, line) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'python-versions-invalid', where: { file: 'PYTHON_VERSIONS', line } }),
    );
  });

  it('must be UTF-8', () => {
    expect(() => parsePythonVersions(Uint8Array.of(0xff, 0xfe, 0x33), 'PYTHON_VERSIONS')).toThrow(
      expect.objectContaining({ code: 'python-versions-invalid', what: 'it is no text in UTF-8' }),
    );
  });
});
