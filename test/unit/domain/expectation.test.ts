import { describe, expect, it } from '@jest/globals';
import { parseSize, sizeText } from '../../../src/domain/byte-size.ts';
import { disappointments, type Expectation, type ImageFacts } from '../../../src/domain/expectation.ts';

const nothing: Expectation = {
  user: null,
  maxBytes: null,
  entrypoint: null,
  cmd: null,
  ports: [],
  env: {},
  labels: {},
  files: { present: [], absent: [] },
  setuid: null,
};
const facts: ImageFacts = {
  user: '1000:1000',
  entrypoint: ['/entry'],
  cmd: [],
  ports: ['8080/tcp'],
  env: { PATH: '/bin', EMPTY: '' },
  labels: { a: 'b' },
  unpackedBytes: 1_500_000,
  files: ['/bin/sh'],
  setuid: ['/bin/su'],
};

describe('an image that is as expected', () => {
  it.each<[string, Partial<Expectation>]>([
    ['nothing', {}],
    ['a user by number', { user: '1000' }],
    ['a user with its group', { user: '1000:1000' }],
    ['any user but root', { user: 'not-root' }],
    ['the very size', { maxBytes: 1_500_000 }],
    ['an entrypoint, and no command', { entrypoint: ['/entry'], cmd: [] }],
    ['a port', { ports: ['8080/tcp'] }],
    ['variables', { env: { PATH: '/bin', EMPTY: '', DEBUG: null, toString: null } }],
    ['labels', { labels: { a: 'b', c: null } }],
    ['files', { files: { present: ['/bin/sh'], absent: ['/bin/gcc'] } }],
    ['a file with setuid', { setuid: ['/bin/su', '/bin/mount'] }],
  ])('has no fault: %s', (_, expected) => {
    expect(disappointments({ ...nothing, ...expected }, facts)).toEqual([]);
  });
});

describe('an image that is not as expected', () => {
  it.each<[Partial<Expectation>, string]>([
    [{ user: '0' }, 'the user is "1000:1000", not "0"'],
    [{ user: '1000:0' }, 'the user is "1000:1000", not "1000:0"'],
    [{ maxBytes: 1_499_999 }, 'unpacked it has 1.5 MB (1500000 bytes), more than 1.5 MB'],
    [{ entrypoint: [] }, 'the entrypoint is ["/entry"], not []'],
    [{ cmd: ['x'] }, 'the command is [], not ["x"]'],
    [{ ports: ['8080/udp'] }, 'the port 8080/udp is not exposed'],
    [{ env: { PATH: '/usr/bin' } }, 'the variable PATH is "/bin", not "/usr/bin"'],
    [{ env: { MODE: '' } }, 'the variable MODE is missing'],
    [{ env: { EMPTY: null } }, 'the variable EMPTY is there'],
    [{ labels: { a: null } }, 'the label a is there'],
    [{ files: { present: ['/bin/gcc'], absent: [] } }, '/bin/gcc is missing'],
    [{ files: { present: [], absent: ['/bin/sh'] } }, '/bin/sh is there'],
    [{ setuid: [] }, '/bin/su has setuid or setgid'],
  ])('%j: %s', (expected, fault) => {
    expect(disappointments({ ...nothing, ...expected }, facts)).toEqual([fault]);
  });

  it.each(['', 'root', '0', '0:1000', 'root:root', '00', '+0'])('runs as root by the user %j', (user) => {
    expect(disappointments({ ...nothing, user: 'not-root' }, { ...facts, user })).toHaveLength(1);
  });

  it.each(['rooty', '1000', '10', 'app:root'])('does not run as root by the user %j', (user) => {
    expect(disappointments({ ...nothing, user: 'not-root' }, { ...facts, user })).toEqual([]);
  });

  it('has every fault told', () => {
    expect(disappointments({ ...nothing, user: 'x', setuid: [], ports: ['1/tcp'] }, facts)).toHaveLength(3);
  });
});

describe('a size', () => {
  it.each([
    ['250MB', 250_000_000],
    ['1.5 GB', 1_500_000_000],
    ['10MiB', 10_485_760],
    ['12', 12],
    ['12 kb', undefined],
    ['-1MB', undefined],
    ['1e3MB', undefined],
  ])('%j is %p bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    [999, '999 B'],
    [1000, '1.0 KB'],
    [999_949, '999.9 KB'],
    [999_950, '1.0 MB'],
    [2_500_000_000, '2.5 GB'],
  ])('of %p bytes reads %j', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});
