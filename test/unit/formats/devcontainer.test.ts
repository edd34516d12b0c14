import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/domain/errors.ts';
import { parseDevcontainerJson, parseJsonc } from '../../../src/formats/devcontainer-json.ts';
import { lockFileOf, parseDevcontainerLock } from '../../../src/formats/devcontainer-lock.ts';
import { faultIn, hasHooks, privilegesOfLabel, resultIn } from '../../../src/formats/devcontainer-result.ts';
import { contextSources } from '../../../src/formats/dockerfile-copies.ts';

function failure(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('devcontainer.json', () => {
  it('is read with comments, commas at the end and a byte order mark', () => {
    const text = '\uFEFF{\n // one\n "image": "a", /* two */ "runArgs": ["--init",],\n}\n';
    expect(parseDevcontainerJson(text, 'f')).toEqual({ image: 'a', runArgs: ['--init'] });
  });

  it.each([
    ['{\n  "image" "a"\n}', 2, 11],
    ['{\r\n\r\n  image: "a"}', 3, 3],
    ['{ "image": "a" } }', 1, 18],
    ['', 1, 1],
    ['{ "a": [1, 2 }', 1, 14],
  ])('%j is broken at line %d, column %d', (text, line, column) => {
    expect(failure(() => parseDevcontainerJson(text, 'f.json'))).toMatchObject({
      code: 'devcontainer-unreadable',
      where: { file: 'f.json', line, column },
    });
  });

  it('says which name has the wrong value, and where', () => {
    const error = failure(() => parseDevcontainerJson('{\n  "image": "a",\n  "runArgs": "--init"\n}', 'f'));
    expect(error).toMatchObject({ code: 'devcontainer-invalid', where: { line: 3, column: 3 } });
    expect(error.what).toContain('runArgs');
  });

  it('is refused where reading it would take for ever', () => {
    expect(failure(() => parseJsonc('['.repeat(50_000), 'f')).what).toContain('nested');
    expect(failure(() => parseJsonc(`"${'a'.repeat(2_000_000)}"`, 'f')).what).toContain('characters');
  });
});

describe('the lock file of Features', () => {
  it('lies beside the configuration, and is hidden as that is', () => {
    expect(lockFileOf('.devcontainer/devcontainer.json')).toBe('.devcontainer/devcontainer-lock.json');
    expect(lockFileOf('.devcontainer.json')).toBe('.devcontainer-lock.json');
  });

  it('says the content of each Feature', () => {
    const text = '{"features":{"ghcr.io/a/b:1":{"version":"1.2.3","resolved":"ghcr.io/a/b@sha256:00"}}}';
    expect(parseDevcontainerLock(text, 'l')).toEqual({ 'ghcr.io/a/b:1': 'ghcr.io/a/b@sha256:00' });
    expect(failure(() => parseDevcontainerLock('{"features":{"a":{}}}', 'l')).code).toBe('devcontainer-lock-invalid');
  });
});

describe('what a Dockerfile takes from its context', () => {
  it.each([
    ['COPY a b /d/', ['a', 'b'], []],
    ['COPY --chown=1:1 --chmod=755 ./a/ /d', ['a'], []],
    ['COPY ["with space", "b", "/d/"]', ['b', 'with space'], []],
    ['COPY --from=builder /x /y', [], []],
    ['ADD https://example.com/a.tgz git@github.com:a/b /d', [], []],
    ['ADD a.tar /d', ['a.tar'], []],
    ['COPY . /app', ['.'], []],
    ['COPY / /app', ['.'], []],
    ['COPY *.txt src/**/x /d', ['*.txt', 'src/**/x'], []],
    ['ARG F\nCOPY $F /d\nCOPY a /d', ['a'], [2]],
    ['COPY \\\n  # why\n  a \\\n  /d', ['a'], []],
    ['COPY <<EOF b /d/\ntext\nEOF', ['b'], []],
    ['RUN --mount=type=bind,source=req.txt,target=/r pip install', ['req.txt'], []],
    ['RUN --mount=type=bind,target=/src make', ['.'], []],
    ['RUN --mount=type=bind,from=x,source=a,target=/a --mount=type=cache,target=/c make', [], []],
    ['RUN echo COPY a b', [], []],
  ])('%j: %p', (text, paths, unclear) => {
    expect(contextSources(`${text}\n`, 'Dockerfile')).toEqual({ paths, unclear });
  });
});

describe('what the CLI prints', () => {
  it('is found behind what other tools print, and before', () => {
    expect(resultIn('{"progress": 1\nnoise\n{"outcome":"success","a":1}\n')).toEqual({ outcome: 'success', a: 1 });
    expect(resultIn('')).toBeUndefined();
    expect(resultIn('{not json}')).toBeUndefined();
  });

  it('names what went wrong', () => {
    expect(faultIn({ outcome: 'error', message: 'm', description: 'd' })).toBe('d');
    expect(faultIn({ outcome: 'error', message: 'm' })).toBe('m');
    expect(faultIn({ outcome: 'success', message: 'm' })).toBeUndefined();
  });

  it('is read from labels of one entry and of several, and from none', () => {
    expect(privilegesOfLabel('[{"privileged":true},{"capAdd":["A"]}]')).toHaveLength(2);
    expect(privilegesOfLabel('{"privileged":true}')).toEqual([{ privileged: true }]);
    expect(['nonsense', undefined, '[1]'].map(privilegesOfLabel)).toEqual([[], [], []]);
    expect(hasHooks('[{"remoteUser":"a"},{"postCreateCommand":"x"}]')).toBe(true);
    expect(hasHooks('[{"remoteUser":"a"}]')).toBe(false);
  });
});
