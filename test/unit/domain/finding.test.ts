import { describe, expect, it } from '@jest/globals';
import {
  type CheckTool,
  chosenFindings,
  distinctFindings,
  type Finding,
  fileInRepository,
} from '../../../src/domain/finding.ts';

const finding = (tool: CheckTool, line: number): Finding => ({ tool, file: 'a.py', line, text: 'x' });

describe('findings that are shown', () => {
  it('are of each tool by turns', () => {
    const all = [1, 2, 3, 4].map((line) => finding('ruff', line)).concat(finding('mypy', 5), finding('pytest', 6));
    expect(chosenFindings(all, 4).map(({ tool, line }) => `${tool} ${line}`)).toEqual([
      'ruff 1',
      'mypy 5',
      'pytest 6',
      'ruff 2',
    ]);
    expect(chosenFindings(all, 10)).toHaveLength(6);
    expect(chosenFindings([], 10)).toEqual([]);
  });

  it('say one thing of one place once', () => {
    expect(distinctFindings([finding('ruff', 1), finding('ruff', 1), finding('ruff', 2)])).toHaveLength(2);
  });
});

describe('the file of a finding', () => {
  it.each([
    ['src/a.py', 'src/a.py'],
    ['./src/./a.py', 'src/a.py'],
    ['/checkout/repo/src/a.py', 'src/a.py'],
    ['/workspace/src/a.py', 'src/a.py'],
    ['/checkout/repository/a.py', undefined],
    ['/usr/lib/python3/a.py', undefined],
    ['../a.py', undefined],
    ['src/../../a.py', undefined],
    ['', undefined],
  ])('%s is %s in the repository', (file, expected) => {
    expect(fileInRepository(file, ['/checkout/repo', '/workspace'])).toBe(expected);
  });
});
