import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findingsReader } from '../../../../src/formats/checks/findings.ts';

/** What is found in the output of a script, as `tool file:line:column text`. */
function found(output: string): readonly string[] {
  const reader = findingsReader();
  for (const line of output.split('\n')) reader.line(line);
  return reader.end().map(({ tool, file, line, column, text }) => {
    return `${tool} ${[file, line, column].filter((part) => part !== undefined).join(':')} ${text}`;
  });
}

describe('what ruff says', () => {
  const full = `F401 [*] \`os\` imported but unused
 --> src/a.py:1:8
  |
1 | import os
  |        ^^
  |
help: Remove unused import: \`os\`

invalid-syntax: Expected \`)\`, found newline
  --> src/broken.py:12:8
   |

Found 2 errors.
[*] 1 fixable with the \`--fix\` option.`;

  it.each([
    [
      'full',
      full,
      [
        'ruff src/a.py:1:8 F401 `os` imported but unused',
        'ruff src/broken.py:12:8 invalid-syntax: Expected `)`, found newline',
      ],
    ],
    [
      'concise',
      'src/a.py:1:8: F401 [*] `os` imported but unused\nsrc/b.py:2:1: SyntaxError: Expected an indented block',
      ['ruff src/a.py:1:8 F401 `os` imported but unused', 'ruff src/b.py:2:1 SyntaxError: Expected an indented block'],
    ],
    [
      'github',
      '::error title=ruff (F401),file=/checkout/src/a%2C.py,line=1,col=8,endLine=1,endColumn=10::src/a,.py:1:8: F401 `os` imported but unused%0A  help: Remove it',
      ['ruff /checkout/src/a,.py:1 F401 `os` imported but unused'],
    ],
  ])('is read in its format %s', (_, output, findings) => {
    expect(found(output)).toEqual(findings);
  });

  it('is read when it checks the form', () => {
    const now = 'unformatted: File would be reformatted\n --> src/a.py:2:1\n  |\n1 file would be reformatted';
    expect(found(now)).toEqual(['ruff src/a.py:2:1 unformatted: File would be reformatted']);
    expect(found('Would reformat: src/a.py\n1 file would be reformatted')).toEqual([
      'ruff src/a.py it would be reformatted',
    ]);
  });

  it('is told from what only looks like it', () => {
    expect(found('F401 a word\nand more\n --> src/a.py:1:8')).toEqual([]);
    expect(found('src/a.py:1:8: note: something')).toEqual([]);
    expect(found('http://host:80:1: E1 x\nE501 alone')).toEqual([]);
  });
});

describe('what mypy says', () => {
  it('is read with and without columns, and without a line', () => {
    const output = [
      'src/a.py:3: error: Incompatible return value type (got "int", expected "str")  [return-value]',
      'src/a.py:3: note: a hint',
      'src/b.py:4:12: error: Name "x" is not defined  [name-defined]',
      'src/c.py:5:1:5:9: error: Missing return  [return]',
      'src/d.py: error: Source file found twice under different module names: "d" and "src.d"',
      'Found 4 errors in 4 files (checked 9 source files)',
    ];
    expect(found(output.join('\n'))).toEqual([
      'mypy src/a.py:3 Incompatible return value type (got "int", expected "str")  [return-value]',
      'mypy src/b.py:4:12 Name "x" is not defined  [name-defined]',
      'mypy src/c.py:5:1 Missing return  [return]',
      'mypy src/d.py Source file found twice under different module names: "d" and "src.d"',
    ]);
  });

  it('is put together again where it is wrapped', () => {
    const output = `src/a.py:3:12: error: Incompatible return value type (got "int", expected
"str")  [return-value]
        return x
               ^
Found 1 error in 1 file (checked 1 source file)`;
    expect(found(output)).toEqual([
      'mypy src/a.py:3:12 Incompatible return value type (got "int", expected "str")  [return-value]',
    ]);
  });
});

const summary = `=========================== short test summary info ============================
FAILED tests/test_a.py::TestC::test_m[2] - AssertionError: two
FAILED tests/test_a.py::test_h - ValueError: b...
ERROR tests/test_a.py::test_e - KeyError: 'k'
===================== 2 failed, 1 passed, 1 error in 0.01s =====================`;

const tracebacks: Readonly<Record<string, string>> = {
  long: `==================================== ERRORS ====================================
___________________________ ERROR at setup of test_e ___________________________

    def fx():
>       raise KeyError("k")
E       KeyError: 'k'

tests/test_a.py:12: KeyError
=================================== FAILURES ===================================
_______________________________ TestC.test_m[2] ________________________________

>       assert n == 1, "two"
E       AssertionError: two
E       assert 2 == 1

tests/test_a.py:5: AssertionError
____________________________________ test_h ____________________________________

>       helper()

tests/test_a.py:9:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

E       ValueError: bad

src/lib.py:7: ValueError`,
  short: `==================================== ERRORS ====================================
___________________________ ERROR at setup of test_e ___________________________
tests/test_a.py:12: in fx
    raise KeyError("k")
E   KeyError: 'k'
=================================== FAILURES ===================================
_______________________________ TestC.test_m[2] ________________________________
tests/test_a.py:5: in test_m
    assert n == 1, "two"
E   AssertionError: two
____________________________________ test_h ____________________________________
tests/test_a.py:9: in test_h
    helper()
src/lib.py:7: in helper
E   ValueError: bad`,
  native: `==================================== ERRORS ====================================
___________________________ ERROR at setup of test_e ___________________________
Traceback (most recent call last):
  File "/opt/pluggy/_callers.py", line 167, in _multicall
    yield
  File "/checkout/p/tests/test_a.py", line 12, in fx
    raise KeyError("k")
=================================== FAILURES ===================================
_______________________________ TestC.test_m[2] ________________________________
  File "/checkout/p/tests/test_a.py", line 5, in test_m
____________________________________ test_h ____________________________________
  File "/checkout/p/tests/test_a.py", line 9, in test_h
  File "/checkout/p/src/lib.py", line 7, in helper`,
};

describe('what pytest says', () => {
  it.each(Object.keys(tracebacks))('has the line in the file of the test, with %s tracebacks', (style) => {
    expect(
      found(`${tracebacks[style]}\n${summary}`).map((finding) => finding.split(' ').slice(0, 3).join(' ')),
    ).toEqual([
      'pytest tests/test_a.py:5 TestC.test_m[2]:',
      'pytest tests/test_a.py:9 test_h:',
      'pytest tests/test_a.py:12 test_e:',
    ]);
  });

  it('has the whole message where a traceback has it, else what the summary left of it', () => {
    const messages = (style: string): string | undefined => found(`${tracebacks[style]}\n${summary}`)[1];
    expect(messages('long')).toBe('pytest tests/test_a.py:9 test_h: ValueError: bad');
    expect(messages('native')).toBe('pytest tests/test_a.py:9 test_h: ValueError: b...');
  });

  it('has the lines also when each failure is a line, and none where there are no tracebacks', () => {
    const lines = `=================================== FAILURES ===================================
E   AssertionError: two
/checkout/p/tests/test_a.py:5: AssertionError: two
/checkout/p/tests/test_a.py:9: ValueError: bad`;
    expect(found(`${lines}\n${summary}`)).toEqual([
      'pytest tests/test_a.py:5 TestC.test_m[2]: AssertionError: two',
      'pytest tests/test_a.py:9 test_h: ValueError: b...',
      "pytest tests/test_a.py test_e: KeyError: 'k'",
    ]);
    expect(found(summary)).toHaveLength(3);
  });

  it('is read of a module that could not be collected', () => {
    const output = `==================================== ERRORS ====================================
_______________________ ERROR collecting tests/test_b.py _______________________
/usr/lib/python3.11/importlib/__init__.py:126: in import_module
tests/test_b.py:1: in <module>
    import nothere
E   ModuleNotFoundError: No module named 'nothere'
=========================== short test summary info ============================
ERROR tests/test_b.py
!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!`;
    expect(found(output)).toEqual(["pytest tests/test_b.py:1 ModuleNotFoundError: No module named 'nothere'"]);
  });

  it('is read without a summary, and with colours', () => {
    const coloured = (tracebacks.long ?? '').replace(/tests\/test_a\.py/g, '\u001b[1m\u001b[31m$&\u001b[0m');
    expect(found(coloured)).toEqual([
      "pytest tests/test_a.py:12 ERROR at setup of test_e: KeyError: 'k'",
      'pytest tests/test_a.py:5 TestC.test_m[2]: AssertionError: two',
      'pytest src/lib.py:7 test_h: ValueError: bad',
    ]);
  });

  it('gives each of two tests with one name its own traceback, also where that is elsewhere', () => {
    const output = `=================================== FAILURES ===================================
___________________________________ test_x ___________________________________
src/lib.py:1: in f
E   ValueError: first
___________________________________ test_x ___________________________________
src/lib.py:2: in f
E   ValueError: second
=========================== short test summary info ============================
FAILED tests/test_a.py::test_x - ValueError: first
FAILED tests/test_b.py::test_x - ValueError: second`;
    expect(found(output)).toEqual([
      'pytest tests/test_a.py test_x: ValueError: first',
      'pytest tests/test_b.py test_x: ValueError: second',
    ]);
  });

  it('finds the test of two with one name by its file, and reads parameters with a dash', () => {
    const output = `=================================== FAILURES ===================================
___________________________________ test_x[a - b] ___________________________________
tests/test_b.py:2: AssertionError
___________________________________ test_x[a - b] ___________________________________
tests/test_a.py:1: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_x[a - b] - assert 1 - 2
FAILED tests/test_b.py::test_x[a - b]`;
    expect(found(output)).toEqual([
      'pytest tests/test_a.py:1 test_x[a - b]: assert 1 - 2',
      'pytest tests/test_b.py:2 test_x[a - b]: it failed',
    ]);
  });
});

describe('whatever is printed', () => {
  it('has a line only where a file can have it', () => {
    expect(found('src/a.py:0:0: F401 unused\nsrc/a.py:3:0: F401 unused')).toEqual([
      'ruff src/a.py F401 unused',
      'ruff src/a.py:3 F401 unused',
    ]);
  });

  it('never breaks the reader, and gives places that a file can have', () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...[
          'a.py',
          ':',
          ': ',
          '1',
          '0',
          '99999999999999999999',
          ' error: ',
          'F401 ',
          ' --> ',
          '[*] ',
          '[x]',
          '  [a-b]',
        ],
        ...['::error title=ruff', ',file=', ',line=', '%0A', '%', 'FAILED ', 'ERROR ', '::', ' - ', '[', ']'],
        ...['=== FAILURES ===', '___ test_x ___', '  File "', '", line ', ', in ', 'E   ', '\u001b[31m', '\r', '\0'],
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const line = fc.array(word, { maxLength: 12 }).map((words) => words.join(''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const reader = findingsReader();
        for (const one of lines) reader.line(one);
        for (const finding of reader.end()) {
          expect(finding.file).not.toBe('');
          expect(finding.line ?? 1).toBeGreaterThan(0);
          expect(finding.line === undefined && finding.column !== undefined).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps at most a thousand findings of a tool', () => {
    const lines = Array.from({ length: 3000 }, (_, at) => `src/a.py:${at + 1}:1: F401 unused`);
    expect(found(lines.join('\n'))).toHaveLength(1000);
  });
});
