import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/domain/errors.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';

const read = (image: string) => parseSlipwayYml(`images:\n  app:\n${image.replace(/^/gm, '    ')}\n`, 'slipway.yml');

function problem(image: string): ConfigError {
  try {
    read(image);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const test = (...lines: string[]) => `tests:\n  - ${lines.join('\n    ')}`;
const wanted = (...lines: string[]) => `expect:\n  ${lines.join('\n  ')}`;

describe('a test of the configuration', () => {
  it.each([
    ['a list', test('run: [a, b]')],
    ['a text', test('run: a && b')],
    ['a command on the runner', test('host: make test', 'env: { A: "1" }', 'attempts: 5', 'optional: true')],
    ['seconds to be up', test('up: 1.5', 'command: [serve]')],
    ['health', test('up: healthy')],
    [
      'everything',
      test(
        'run: a',
        'user: "1000"',
        'workdir: /app',
        'workspace: read',
        'memory: 2g',
        'pids: 10',
        'network: none',
        'tmpfs: ["/tmp:size=1m"]',
        'junit: /x',
      ),
    ],
    ['services', test('run: a', 'services: compose.yml')],
  ])('may be %s', (_, text) => {
    expect(() => read(text)).not.toThrow();
  });

  it.each([
    ['nothing to run', test('name: x'), 'a test has one of run, host or up', 4],
    ['two things to run', test('run: a', 'host: b'), 'this one has another already', 5],
    ['a command without up', test('run: a', 'command: [b]'), 'it belongs to up', 5],
    ['a container key on the runner', test('host: a', 'memory: 2g'), 'it is for containers', 5],
    [
      'services without a network',
      test('run: a', 'services: c.yml', 'network: none'),
      'services are reached by a network',
      6,
    ],
    ['six attempts', test('run: a', 'attempts: 6'), 'attempts', 5],
    ['the network of the machine', test('run: a', 'network: host'), 'network', 5],
    ['a relative folder', test('run: a', 'workdir: app'), 'an absolute path', 5],
    ['a number as a variable', test('run: a', 'env: { V: 3.10 }'), 'write the value in quotes', 5],
    ['a variable of ours', test('run: a', 'env: { SLIPWAY_KEY: x }'), 'not the name of a variable', 5],
    ['a word for how long to be up', test('up: forever'), 'write a number of seconds', 4],
    ['memory in words', test('run: a', 'memory: much'), 'such as 2g', 5],
  ])('with %s is refused, with its line', (_, text, what, line) => {
    const found = problem(text);
    expect(found).toMatchObject({ code: 'config-invalid', where: { line } });
    expect(found.what).toContain(what);
  });

  it.each(['privileged: true', 'cap-add: [ALL]', 'volumes: [/:/x]'])('has no key for more rights: %s', (key) => {
    expect(problem(test('run: a', key))).toMatchObject({ code: 'config-unknown-key' });
  });

  it.each(['../x', 'a/b', '.hidden', 'a b', ''])('writes no log to %j', (name) => {
    expect(problem(`log-name: ${JSON.stringify(name)}`)).toMatchObject({ code: 'config-invalid' });
  });
});

describe('expectations of the configuration', () => {
  it('are read with numbers as texts', () => {
    const { images } = read(wanted('user: 1000', 'ports: [8080, "53/udp"]', 'env: { A: null }', 'max-size: 250MB'));
    expect(images?.app?.expect).toMatchObject({ user: '1000', ports: ['8080', '53/udp'], env: { A: null } });
  });

  it.each([
    ['a size in words', wanted('max-size: small'), 'such as 250MB'],
    ['a range of ports', wanted('ports: [80-90]'), 'such as 8080'],
    ['a relative file', wanted('files: { present: [bin/sh] }'), 'an absolute path'],
    ['a file that climbs', wanted('files: { absent: [/a/../b] }'), 'an absolute path'],
    ['a number as a variable', wanted('env: { A: 3.10 }'), 'write the value in quotes'],
  ])('with %s are refused', (_, text, what) => {
    const found = problem(text);
    expect([found.code, found.what]).toEqual(['config-invalid', expect.stringContaining(what)]);
  });

  it('with an unknown key name the nearest one', () => {
    expect(problem(wanted('setuids: []'))).toMatchObject({
      code: 'config-unknown-key',
      next: 'did you mean "setuid"?',
    });
  });
});
