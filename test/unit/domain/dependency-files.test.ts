import { describe, expect, it } from '@jest/globals';
import { dependencyChange, dependencyPatterns } from '../../../src/domain/dependency-files.ts';
import { globMatches, parseGlob } from '../../../src/formats/glob.ts';

describe('the dependencies of a project', () => {
  const isDependency = (path: string) => path.endsWith('.lock');

  it.each([
    [undefined, true, /nobody can tell/],
    [[], false, /no dependency file/],
    [['src/a.ts', 'README.md'], false, /no dependency file/],
    [['src/a.ts', 'b/uv.lock'], true, /^b\/uv\.lock changed$/],
    [['z.lock', 'b.lock', 'c.lock'], true, /^b\.lock and 2 more changed$/],
  ])('after a change of %p have changed: %s', (paths, changed, why) => {
    expect(dependencyChange(paths, isDependency)).toEqual({ changed, why: expect.stringMatching(why) });
  });
});

describe('a dependency file', () => {
  const patterns = dependencyPatterns.map((pattern) => {
    const parts = parseGlob(pattern);
    if (parts === undefined) throw new Error(`${pattern} is no pattern`);
    return parts;
  });

  it.each([
    ['pyproject.toml', true],
    ['services/api/pyproject.toml', true],
    ['setup.cfg', true],
    ['requirements.txt', true],
    ['docker/requirements-dev.txt', true],
    ['poetry.lock', true],
    ['uv.lock', true],
    ['pdm.lock', true],
    ['Pipfile.lock', true],
    ['package.json', true],
    ['web/package-lock.json', true],
    ['npm-shrinkwrap.json', true],
    ['yarn.lock', true],
    ['pnpm-lock.yaml', true],
    ['bun.lock', true],
    ['bun.lockb', true],
    ['setup.py', false],
    ['requirements.md', false],
    ['my-pyproject.toml', false],
    ['package.json/readme', false],
    ['lock', false],
  ])('is %s: %s', (path, expected) => {
    expect(patterns.some((pattern) => globMatches(pattern, path))).toBe(expected);
  });
});
